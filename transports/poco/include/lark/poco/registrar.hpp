// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/injected/registrar.hpp>
#include <lark/poco/event_loop.hpp>
#include <lark/poco/http_options.hpp>

#include <memory>

namespace lark::poco {

/// The limits of a registrar; the defaults carry thousands.
struct registrar_options {
    injected::flow_set_options flows{};  ///< requests in flight, registrations begun a second, how late a poll may be
    event_loop_options connections{};    ///< few carry many requests
};

/// Counters of a registrar, as of the latest turn of its loop.
struct registrar_stats : injected::registrar_stats {
    event_loop_stats connections{};  ///< connections

    friend bool operator==(const registrar_stats&, const registrar_stats&) = default;
};

/// Any number of registrations at once on one thread of its own, over few connections: `injected::registrar` over an
/// `event_loop` of its own.
class LARK_EXPORT registrar : public injected::registrar {
public:
    /// Throws `registration::invalid_option` for `http` and `options`, `std::system_error` if no thread can be started.
    explicit registrar(const http_options& http = {}, registrar_options options = {});
    ~registrar() override;

    /// Counters, those of the connections among them; never waits for the loop.
    [[nodiscard]] registrar_stats stats() const;

private:
    class published_stats;
    class published_loop;
    registrar(const http_options& http, const registrar_options& options, std::shared_ptr<published_stats> stats);

    std::shared_ptr<const published_stats> connections_;
};

}  // namespace lark::poco
