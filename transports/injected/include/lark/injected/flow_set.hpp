#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/registration/snapshot.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

namespace lark::injected {

/// Names a registration of one `flow_set`. Never 0, and not reused within the life of the set.
enum class registration_id : std::uint64_t {};

/// What one registration's caller hears of: on the set's thread, one call at a time, from within a `handle_*`, `cancel` or
/// `cancel_all` of the set. Inside a handler `add`, `cancel` and `cancel_all` may be called for any registration.
struct flow_handlers {
    std::function<void(const registration::qr_code&)> on_qr_code{};              ///< required
    std::function<void(const registration::status_change&)> on_status_change{};  ///< optional
    /// Required. Comes last and exactly once, whatever the end; the id is no longer known to the set by then. If another
    /// handler or the loop's `start_request` threw, the outcome is a failure with code `abort` and the exception is the
    /// second argument, else that is null. What this handler itself throws comes out of the set's function that called
    /// it, once all other work is done (the first of several).
    std::function<void(const registration::outcome&, std::exception_ptr)> on_finished{};
    std::function<void(const registration::snapshot&)> on_snapshot{};  ///< optional; see `registration::handlers`
};

/// The set's own options; what concerns a registration stands in `registration::options`.
struct flow_set_options {
    /// Requests in flight, all together and to any one host (scheme, name and port). At least 1. The second should be
    /// smaller, so that a host that hangs leaves places for the others. What has no place waits for its turn, and no
    /// timeout runs meanwhile. Polls of N registrations at an interval of T need about N × reply time / T places.
    std::size_t max_requests = 4096;
    std::size_t max_requests_per_host = 3072;  ///< see above

    /// Registrations begun a second: a burst of `add`s is smoothed, since each sends up to three requests on end. A few at
    /// a time (5 ms' worth, and `timer_slack`'s) are not held up. Fewer if the service is slow, so that starts take about
    /// half of the places and no poll waits for one. 0: not smoothed.
    unsigned max_starts_per_second = 1000;

    /// How late a poll, a timeout or a start may be so that it shares a turn of the loop with others: as long as deadlines
    /// come thick, the timer goes off in steps of this length. One that comes after a pause is not held up. Waking up costs
    /// more than a poll does: at a thousand polls a second, 8 ms save a third of the CPU time. 0: each at its own time. At
    /// most one second.
    std::chrono::milliseconds timer_slack{8};
};

/// Any number of registrations at once, on one thread, over a user's event loop.
///
/// Requests are sent in turn while places are free: polls and all that continues a registration first, by the order in
/// which they came due, and in turn between hosts; then registrations not begun yet. A call starts 32 requests at most and
/// then lets the loop have its turn, so neither a burst nor a resume from suspend keeps answers from being read.
///
/// Threads: the set and its loop belong to one thread at a time, handlers included; nothing here locks.
/// Memory: about 1.3 KB for a waiting registration, the captures of its handlers not counted; nothing for a finished one.
/// Throws: beside what is said at each function, `std::bad_alloc`, and what the loop's timer functions throw. An exception
/// in the course of one registration, `std::bad_alloc` included, ends that one only.
class LARK_EXPORT flow_set {
public:
    /// `loop` is kept by reference and must outlive the set. Throws `registration::invalid_option` for a limit
    /// of 0 or a `timer_slack` out of range.
    explicit flow_set(event_loop& loop, flow_set_options options = {});

    /// Abandons what is in flight and disarms the timer. Calls no handler: whoever wants `on_finished` calls `cancel_all`
    /// first. Not from within a handler.
    ~flow_set();
    flow_set(const flow_set&) = delete;
    flow_set& operator=(const flow_set&) = delete;

    /// Adds a registration. It begins with the next `handle_timer`, for which the timer is armed: no handler runs and no
    /// request starts within `add`. Throws `registration::invalid_option`; nothing is added then.
    registration_id add(flow_handlers handlers, const registration::options& options = {});

    /// The same for one that was begun elsewhere; `on_qr_code` is optional here, and gets the link once more. Throws
    /// `registration::invalid_option` also if the hosts of `options` are not those with which the registration began.
    registration_id add(flow_handlers handlers, const registration::snapshot& from,
                        const registration::options& options = {});

    /// Ends a registration with code `abort`; true if it was still running and not cancelled before. Its `on_finished` has
    /// been called on return or, if this is called inside a handler, is called once that handler has returned. No other
    /// handler of it is called any more. An answer that the loop has given already counts, credentials included.
    bool cancel(registration_id id);

    /// `cancel` for all that have been added so far.
    void cancel_all();

    /// The loop's side. The answer to a request; true if it was waited for, false if it is ignored, since its request was
    /// abandoned or answered before. Legal inside `start_request` and handlers, where it is put aside until they return.
    bool handle_response(request_handle id, http_response response);
    bool handle_failure(request_handle id, transport_failure failure);  ///< likewise

    /// The timer has gone off. One that goes off up to 1 ms early counts as on time and one that is earlier is armed again,
    /// so neither a coarse timer nor a call for no reason lets a poll go out too soon, or spins.
    void handle_timer();

    /// Registrations that have not finished.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }  ///< whether all have finished
    /// Requests in flight; and registrations that want to send and wait for their turn.
    [[nodiscard]] std::size_t requests_in_flight() const noexcept;
    [[nodiscard]] std::size_t waiting_for_turn() const noexcept;  ///< see above

private:
    class driver;
    std::unique_ptr<driver> driver_;
};

}  // namespace lark::injected
