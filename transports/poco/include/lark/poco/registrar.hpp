// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/poco/event_loop.hpp>
#include <lark/poco/http_options.hpp>
#include <lark/poco/registration_handle.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>

#include <cstddef>
#include <memory>

namespace lark::poco {

/// The limits of a registrar; the defaults carry thousands.
struct registrar_options {
    injected::flow_set_options flows{};  ///< requests in flight, registrations begun a second, how late a poll may be
    event_loop_options connections{};    ///< few carry many requests
};

/// Counters of a registrar, as of the latest turn of its loop.
struct registrar_stats {
    injected::flow_set_stats flows{};  ///< registrations and their requests
    event_loop_stats connections{};    ///< connections
    std::size_t to_begin = 0;          ///< registrations that the loop has not taken up

    friend bool operator==(const registrar_stats&, const registrar_stats&) = default;
};

/// Any number of registrations at once on one thread of its own, over few connections: `injected::flow_set` over
/// `event_loop`.
///
/// Callbacks without `post` run on that one thread: one that takes long keeps all others waiting. They may do everything,
/// `start` and `shutdown` included, and let the registrar go. That thread blocks all signals, and a program that a callback
/// starts on it inherits the mask.
///
/// Threads: all members but the destructor may be called by several threads at once.
class LARK_EXPORT registrar {
public:
    /// Throws `registration::invalid_option` for `http` and `options`, `std::system_error` if no thread can be started.
    explicit registrar(const http_options& http = {}, registrar_options options = {});
    registrar(const registrar&) = delete;
    registrar& operator=(const registrar&) = delete;

    /// `shutdown`, then waits until all is over, callbacks included, but no longer than 100 ms. No callback starts after it; with
    /// `post`, those that have been posted still run unless their handle is cancelled or gone.
    ~registrar();

    /// Begins a registration. Its handle is like that of `register_app_async`, and may outlive the registrar.
    /// Throws `registration::invalid_option` at once, and `std::logic_error` after `shutdown`.
    [[nodiscard]] registration_handle start(registration::async_handlers handlers, registration::options options = {});

    /// Carries on a registration that was begun elsewhere; `on_qr_code` is optional here, and gets the link once more. Throws as
    /// the other `start`, and `registration::invalid_option` if the hosts of `options` are not those with which it began.
    [[nodiscard]] registration_handle start(registration::async_handlers handlers, const registration::snapshot& from,
                                            registration::options options = {});

    /// Ends all registrations with code `abort`, and takes no more. Does not wait; their `on_finished` and handles tell
    /// when each is over. Idempotent.
    void shutdown() noexcept;

    /// Registrations that have been started and are not over.
    [[nodiscard]] std::size_t size() const;

    /// Counters; never waits for the loop.
    [[nodiscard]] registrar_stats stats() const;

private:
    class core;
    class loop_thread;
    std::unique_ptr<loop_thread> thread_;
};

}  // namespace lark::poco
