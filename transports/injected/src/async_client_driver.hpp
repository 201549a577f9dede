// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/async_client.hpp>

#include <lark/http.hpp>
#include <lark/open_platform/call_flow.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/open_platform/token_flow.hpp>

#include "async_call.hpp"
#include "async_token.hpp"
#include "fifo.hpp"
#include "first_exception.hpp"
#include "loop_time.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace lark::injected {

/// The flows of calls and of their token over one event loop: drain, perform, feed. Answers are fed before cancels,
/// cancels before time, and time before requests are sent.
///
/// async_client_driver.cpp has the turn, async_client.cpp the calls of the client's owner.
///
/// A callback may destroy the client: the driver is held by the caller of `cancel` and `cancel_all`, and by itself when
/// the loop calls.
class async_client::driver final : public event_handler, public std::enable_shared_from_this<async_client::driver> {
public:
    driver(event_loop& loop, open_platform::token_flow tokens, open_platform::client_options options);
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;
    ~driver() = default;

    /// The client is being destroyed. The loop is not used after it, and does not call.
    void close() noexcept;

    call_id add(open_platform::api_request request, api_handler done);
    call_id add(token_handler done);
    bool cancel(call_id id);
    void cancel_all();

    bool handle_result(request_handle id, http_result result) override;
    void handle_timer() override;
    void handle_room() override;

    [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }

private:
    /// Requests that one call of the client starts before it returns to the loop: answers and cancels must not wait for
    /// thousands of them.
    static constexpr unsigned sends_per_turn = 32;

    /// The next step after an output of a call.
    enum class then {
        goes_on,  ///< there may be another output
        waits,    ///< for a token, its turn to send, an answer, or time
        is_over,  ///< its end is known
    };

    call_id enter(std::unique_ptr<detail::async_call> c);
    [[nodiscard]] std::unique_ptr<detail::async_call> take_out(detail::async_call& c) noexcept;
    void mark_cancelled(detail::async_call& c) noexcept;

    void run();
    bool take_result();
    bool take_ready();
    bool take_due();
    bool take_token_output();
    bool send_next();

    template <class Function>
    void guarded(detail::async_call& c, Function&& function) noexcept;
    template <class Function>
    void guard_token(Function&& function) noexcept;

    void drain(detail::async_call& c);
    then step(detail::async_call& c, open_platform::call_flow& machine);
    then step_to_token(detail::async_call& c);
    then perform(detail::async_call& c, const open_platform::reject_token& bad);
    then perform(detail::async_call& c, const open_platform::need_token&);
    then perform(detail::async_call& c, const open_platform::abandon_request&);
    then perform(detail::async_call& c, const open_platform::send_call&);
    then perform(detail::async_call& c, const open_platform::wait_until& wait);
    then perform(detail::async_call& c, const open_platform::finished&);
    void pass_on(detail::async_call& c, const open_platform::token_granted& granted);
    void pass_on(detail::async_call& c, const open_platform::token_refused& refused);
    void finish(detail::async_call& c);

    void arm();

    event_loop& loop_;
    open_platform::client_options options_;
    detail::loop_clock clock_;
    detail::call_table calls_;
    detail::async_token token_;
    detail::fifo<detail::async_call> ready_;
    detail::fifo<detail::async_call> sends_;
    bool calls_held_ = false;  // the loop has no room for them
    detail::deadline_heap deadlines_;
    std::optional<detail::loop_timer> timer_;
    detail::arrived_results<call_id> arrived_;  // to 0: the token's
    bool time_passed_ = false;
    bool running_ = false;
    bool closed_ = false;
    detail::first_exception strays_;  // of callbacks
};

}  // namespace lark::injected
