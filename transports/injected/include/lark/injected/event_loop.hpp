// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace lark::injected {

/// Names a request that an `event_handler` has started. Never 0, and not reused within the life of the handler, so a
/// late answer is recognised.
enum class request_handle : std::uint64_t {};

/// The way back from an `event_loop`: what sends requests over it implements this, as a `flow_set` does inside. The
/// loop calls it on its thread, not from within its constructor or destructor.
class LARK_EXPORT event_handler {
public:
    event_handler() = default;
    event_handler(const event_handler&) = delete;
    event_handler& operator=(const event_handler&) = delete;

    /// The answer to a request, once for each that was not abandoned. True if it is taken, false if it is ignored,
    /// since the request was abandoned or answered before.
    virtual bool handle_result(request_handle id, http_result result) = 0;

    /// The timer has expired. A call before its deadline does no harm.
    virtual void handle_timer() = 0;

    /// There may be room again where `event_loop::has_room` said no: ask again. Default: nothing, for a handler that
    /// does not ask. A call without a refusal before does no harm.
    virtual void handle_room();

protected:
    ~event_handler() = default;
};

/// The event-loop half of the seam: a user's loop implements it for a `flow_set`, an `async_client`, or another
/// `event_handler`. Its functions are called on the handler's thread, from within one of the handler's own functions;
/// none may block.
///
/// The loop answers by `deliver`, once for each request that was not abandoned, and by `timer_expired`. An
/// implementation delivers all answers that have arrived before it calls `timer_expired`, so that a reply never loses
/// against a deadline that passed while it was in a buffer.
///
/// Reentrancy: `start_request` and `abandon_request` may call `deliver`, `timer_expired`, and any function of a
/// `flow_set` but its destructor. Such a call returns at once, and takes effect after they have returned. The timer
/// functions and `now` must not call back.
class LARK_EXPORT event_loop {
public:
    event_loop() = default;
    event_loop(const event_loop&) = delete;
    event_loop& operator=(const event_loop&) = delete;
    virtual ~event_loop();

    /// Answers are for `handler` from now on, which is kept by reference until it is detached. A `flow_set` attaches
    /// and detaches itself. Throws `std::logic_error` while another one is attached.
    void attach(event_handler& handler);
    /// From now on answers are ignored. Without effect unless `handler` is the one that is attached.
    void detach(const event_handler& handler) noexcept;

    /// Begins to perform the request exactly once, without following redirects. `request.timeout` starts now; the set
    /// enforces that deadline itself, so the loop's own timeout is a backstop.
    ///
    /// The answer may be given at any time until the request is abandoned, also from within this call. An exception
    /// means that the request was not started: it ends that registration, is passed to its `on_finished`, and affects
    /// no other.
    virtual void start_request(request_handle id, http_request request) = 0;

    /// Whether a request to `origin` (`scheme://host[:port]`, as in its URL) that is started now has a connection, or
    /// is getting one. A handler asks before each `start_request` and, after false, keeps its requests to that origin
    /// back, so that they wait for their turn and their timeouts have not started. The loop then calls `room_freed`
    /// once when that may have changed: a connection is ready, idle or closed, an answer of the resolver is there, or a
    /// time has passed.
    ///
    /// Default: true, for a loop that takes all requests. Must not call back.
    [[nodiscard]] virtual bool has_room(std::string_view origin) noexcept;

    /// The answer no longer matters: free the resources of the request. A later answer is ignored, and one that is
    /// given from within this call too. It comes before the handlers of the registration that report why.
    virtual void abandon_request(request_handle id) noexcept = 0;

    /// Arms the only timer, in place of its former deadline: call `timer_expired` once, at or soon after `deadline` by
    /// `now()`, which may be in the past. Not from within this call. A timer that expires early does no harm; after one
    /// that was up to 1 ms early, the set arms it 1 ms later than its deadlines, so a timer that rounds down costs one
    /// wake-up in all.
    ///
    /// An exception comes out of the function of the set that was called, once its other work is done; the next call
    /// arms the timer. `flow_set::add` adds nothing then.
    virtual void arm_timer(time_point deadline) = 0;

    /// There is no deadline any more. While the set exists, a timer that expires after this does no harm. An exception
    /// comes out of the function of the set that was called; in the set's destructor it is dropped.
    virtual void disarm_timer() = 0;

    /// The time now, on the clock of `arm_timer`'s deadlines. Default: `CLOCK_BOOTTIME` where there is one, which
    /// counts the sleep of the machine, else the steady clock. Must not throw.
    [[nodiscard]] virtual time_point now();

    /// The time on the wall clock: for what is shown to people, and for snapshots. Default:
    /// `std::chrono::system_clock`. Must not throw.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now();

protected:
    /// The answer to a request, for the handler. False if it is ignored: the request was abandoned or answered before,
    /// or there is no handler. Throws what the handler throws.
    bool deliver(request_handle id, http_result result);
    /// The timer has expired. Before its deadline this only arms it again: neither a coarse timer nor a spurious call
    /// sends a poll early, or spins. Throws what the handler throws.
    void timer_expired();
    /// How long to wait for the timer's deadline: not less than zero, rounded up to whole milliseconds, and at most 5 s,
    /// since the timers of most stacks do not count a suspend of the machine, which `now()` does. A timer that expires
    /// early is armed again.
    [[nodiscard]] std::chrono::milliseconds time_until(time_point deadline);
    /// There may be room for an origin that was refused. After the answers of a turn, and before its timer. Throws what
    /// the handler throws.
    void room_freed();

private:
    event_handler* handler_ = nullptr;
};

/// An event loop that is run a turn at a time, and that other threads can wake.
class LARK_EXPORT runnable_event_loop : public event_loop {
public:
    ~runnable_event_loop() override;

    /// One turn: waits until something happens, then delivers the answers that have arrived, and after them the timer.
    /// Throws what the handler throws; answers not delivered yet are delivered by the next call.
    virtual void run_once() = 0;

    /// Ends the wait of `run_once`, or of the next one. Any thread, any time; never waits.
    virtual void wake() noexcept = 0;
};

}  // namespace lark::injected
