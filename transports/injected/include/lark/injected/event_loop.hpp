// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstdint>

namespace lark::injected {

/// Names a request that a `flow_set` has started. Never 0, and not reused within the life of the set, so a late answer is
/// recognised.
enum class request_handle : std::uint64_t {};

/// The event-loop half of the seam: a user's loop implements it for a `flow_set`. Its functions are called on the set's
/// thread, from within one of the set's own functions; none may block.
///
/// The loop answers by calling the set: `handle_response` or `handle_failure` once for each request that was not
/// abandoned, and `handle_timer` when the timer expires. An implementation delivers all answers that have arrived before
/// it calls `handle_timer`, so that a reply never loses against a deadline that passed while it was in a buffer.
///
/// Reentrancy: `start_request` and `abandon_request` may call any function of the set but its destructor. Such a call
/// returns at once, and takes effect after they have returned. The timer functions and `now` must not call the set.
class LARK_EXPORT event_loop {
public:
    event_loop() = default;
    event_loop(const event_loop&) = default;
    event_loop& operator=(const event_loop&) = default;
    virtual ~event_loop();

    /// Begins to perform the request exactly once, without following redirects. `request.timeout` starts now; the set
    /// enforces that deadline itself, so the loop's own timeout is a backstop.
    ///
    /// The answer may be given at any time until the request is abandoned, also from within this call. An exception means
    /// that the request was not started: it ends that registration, is passed to its `on_finished`, and affects no other.
    virtual void start_request(request_handle id, http_request request) = 0;

    /// The answer no longer matters: free the resources of the request. A later answer is ignored, and one that is given
    /// from within this call too. It comes before the handlers of the registration that report why.
    virtual void abandon_request(request_handle id) noexcept = 0;

    /// Arms the only timer, in place of its former deadline: call `handle_timer` once, at or soon after `deadline` by
    /// `now()`, which may be in the past. Not from within this call. A timer that expires early does no harm; after one
    /// that was up to 1 ms early, the set arms it 1 ms later than its deadlines, so a timer that rounds down costs one
    /// wake-up in all.
    ///
    /// An exception comes out of the function of the set that was called, once its other work is done; the next call arms
    /// the timer. `flow_set::add` adds nothing then.
    virtual void arm_timer(time_point deadline) = 0;

    /// There is no deadline any more. While the set exists, a timer that expires after this does no harm. An exception
    /// comes out of the function of the set that was called; in the set's destructor it is dropped.
    virtual void disarm_timer() = 0;

    /// The time now, on the clock of `arm_timer`'s deadlines. Default: `CLOCK_BOOTTIME` where there is one, which counts the
    /// sleep of the machine, else the steady clock. Must not throw.
    [[nodiscard]] virtual time_point now();

    /// The time on the wall clock: for what is shown to people, and for snapshots. Default: `std::chrono::system_clock`. Must
    /// not throw.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now();
};

}  // namespace lark::injected
