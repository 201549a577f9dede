// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace lark::injected {

/// One event loop for several event handlers, such as a `flow_set` and an `async_client`. It is the loop's only
/// handler; each of the others gets a view of it, which is an event loop of its own.
///
///     lark::poco::event_loop loop;
///     lark::injected::shared_loop shared{loop};
///     lark::injected::shared_loop::view for_registrations{shared}, for_calls{shared};
///     lark::injected::flow_set set{for_registrations};
///     lark::injected::async_client client{for_calls, app};
///     while (!set.empty() || !client.empty()) loop.run_once();
///
/// The loop's timer is armed for the earliest deadline of all views. The rules for a handler on its own loop hold here
/// too, with one more: no handler is called from within another one's call of the loop. If the loop answers a request
/// of one handler from within `start_request` or `abandon_request` of another, that answer is delivered in the next
/// turn, for which the timer is armed. An answer to the handler that called is delivered at once.
///
/// An exception of a handler is passed on by `deliver` or `timer_expired` of the loop once all other handlers that are
/// due have been called (the first of several).
///
/// Threads: as the loop; nothing here locks. Lifetimes: the loop outlives this, this outlives its views, and a view
/// outlives its handler. Views may be made and destroyed at any time, also by handlers.
class LARK_EXPORT shared_loop {
public:
    class view;

    /// Attaches itself to `loop`, which is kept by reference. Throws `std::logic_error` if the loop has another
    /// handler.
    explicit shared_loop(event_loop& loop);
    shared_loop(const shared_loop&) = delete;
    shared_loop& operator=(const shared_loop&) = delete;
    ~shared_loop();  ///< disarms the timer, and detaches itself from the loop

private:
    class router;
    struct member;
    std::unique_ptr<router> router_;
};

/// An event loop for one handler, which attaches to it. Requests, room, timer and clocks are those of the shared loop.
class LARK_EXPORT shared_loop::view final : public event_loop {
public:
    explicit view(shared_loop& shared);  ///< kept by reference
    ~view() override;  ///< abandons what its handler has left in flight; not from within a function of the loop

    void start_request(request_handle id, http_request request) override;
    [[nodiscard]] bool has_room(std::string_view origin) noexcept override;
    void abandon_request(request_handle id) noexcept override;
    void arm_timer(time_point deadline) override;
    void disarm_timer() override;
    [[nodiscard]] time_point now() override;
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() override;

private:
    friend class shared_loop;
    router& router_;
    member& member_;
};

}  // namespace lark::injected
