#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstdint>

namespace lark::injected {

/// Names a request that a `flow_set` has started. Never 0, and not reused within the life of the set, so an answer that
/// comes late is known as such.
enum class request_handle : std::uint64_t {};

/// The event-loop half of the seam: what a user's loop does for a `flow_set`. Four functions, all called on the set's
/// thread, from within one of the set's own functions; none may wait.
///
/// What the loop gives back are calls of the set: `handle_response` or `handle_failure` once for each request that was not
/// abandoned, and `handle_timer` when the timer goes off. An implementation delivers all answers that have arrived before
/// it calls `handle_timer`, so that a reply never loses against a deadline that passed while it lay there.
class LARK_EXPORT event_loop {
public:
    event_loop() = default;
    event_loop(const event_loop&) = default;
    event_loop& operator=(const event_loop&) = default;
    virtual ~event_loop();

    /// Begins to perform the request exactly once, without following redirects. `request.timeout` runs from now; the set
    /// keeps that deadline itself, so the loop's own timeout is a second belt.
    ///
    /// The answer may be given at any time until the request is abandoned, also from within this call. An exception means
    /// that nothing was started: it ends that registration and reaches its `on_finished`; no other one notices.
    virtual void start_request(request_handle id, http_request request) = 0;

    /// The answer no longer matters: free what the request holds. An answer that comes all the same is ignored.
    virtual void abandon_request(request_handle id) noexcept = 0;

    /// Arms the one timer, in place of the deadline that it had: `handle_timer` is to be called once, at or soon after
    /// `deadline` by `now()`, which may lie in the past. Not from within this call.
    virtual void arm_timer(time_point deadline) = 0;

    /// Nothing to wait for any more. A timer that goes off all the same does no harm.
    virtual void disarm_timer() = 0;

    /// The time now, on the clock of `arm_timer`'s deadlines. Default: `CLOCK_BOOTTIME` where there is one, which counts the
    /// sleep of the machine, else the steady clock. Must not throw.
    [[nodiscard]] virtual time_point now();

    /// The time on the wall clock: for what is shown to people, and for snapshots. Default: `std::chrono::system_clock`. Must
    /// not throw.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now();
};

}  // namespace lark::injected
