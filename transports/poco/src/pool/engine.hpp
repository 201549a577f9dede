// SPDX-License-Identifier: MIT
#pragma once

#include "os/sockets.hpp"
#include "pool/event_inbox.hpp"
#include "pool/exchange_pool.hpp"

#include <lark/poco/event_loop_options.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace lark::poco::detail {

/// Performs requests on one thread: the exchanges, the sockets that they wait for, and the wake-up by other threads. An
/// `event_loop` has one, and an `http_client` one for each call at a time.
///
/// Threads: one at a time, but for `wake`.
class engine {
public:
    /// Throws `std::system_error` if there are no descriptors left.
    engine(std::shared_ptr<const client_config> config, const event_loop_options& options, resolver names = resolver{});
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;
    ~engine();

    /// The request begins with the next turn. `id` is not used again. Throws `std::invalid_argument`.
    void start(injected::request_handle id, const http_request& request);
    void abandon(injected::request_handle id) noexcept;

    /// Waits until something happens, at most until `until`, and takes in all that has happened. Throws
    /// `std::system_error` if the kernel refuses to wait.
    void turn(wire_time until);
    /// The end of a request; none if no other one has ended.
    [[nodiscard]] std::optional<exchange_pool::result> take_result();

    /// See `exchange_pool`.
    [[nodiscard]] bool has_room(std::string_view origin) noexcept;
    [[nodiscard]] bool take_room() noexcept { return pool_.take_room(); }

    /// Ends the wait of `turn`, or of the next one. Any thread, any time; never waits.
    void wake() noexcept { inbox_->wake(); }

    [[nodiscard]] event_loop_stats stats() const noexcept { return pool_.stats(); }

private:
    std::shared_ptr<event_inbox> inbox_;
    socket_poll watched_;
    exchange_pool pool_;
};

}  // namespace lark::poco::detail
