// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/injected/stats.hpp>
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
#include <optional>

namespace lark::registration {
class flow;
}

namespace lark::injected {

/// Names a registration of one `flow_set`. Never 0, and not reused within the life of the set.
enum class registration_id : std::uint64_t {};

/// Handlers of one registration. They are called on the set's thread, one at a time, from within an answer or the timer
/// of the loop, `cancel` or `cancel_all`. A handler may call any function of the set but its destructor, for any
/// registration.
struct flow_handlers {
    std::function<void(const registration::qr_code&)> on_qr_code{};              ///< required
    std::function<void(const registration::status_change&)> on_status_change{};  ///< optional
    /// Required. Called last and exactly once, however the registration ends; the set no longer knows the id then. If
    /// another handler or the loop's `start_request` threw, the second argument is that exception, and the outcome is a
    /// failure with code `abort`, or the app if its credentials had arrived; else the second argument is null. An
    /// exception from this handler comes out of the function of the set that called it, once all other work is done
    /// (the first of several).
    std::function<void(const registration::outcome&, std::exception_ptr)> on_finished{};
    std::function<void(const registration::snapshot&)> on_snapshot{};  ///< optional; see `registration::handlers`
    registration::trace_handler on_trace{};                            ///< optional; see `registration::handlers`
};

/// Options of the set; those of a registration are in `registration::options`.
struct flow_set_options {
    /// Most requests in flight, in all and to any one host (scheme, name and port). At least 1. The second should be
    /// smaller, so that a host that hangs leaves places for the others. A request without a place waits for its turn,
    /// and its timeout has not started then; so does one that the loop has no room for (`event_loop::has_room`), which
    /// is often the narrower limit. Polls of N registrations at an interval of T need about N × reply time / T places.
    std::size_t max_requests = 4096;
    std::size_t max_requests_per_host = 3072;  ///< see above

    /// Registrations begun per second: a burst of `add`s is smoothed, since each sends up to three requests in a row. A
    /// few at a time (5 ms' worth, and `timer_slack`'s) are not delayed. Fewer if the service is slow, so that starts
    /// take about half of the places and no poll waits for one. 0: not smoothed.
    unsigned max_starts_per_second = 1000;

    /// How late a poll, a timeout or a start may be so that it shares a turn of the loop with others: while deadlines
    /// are dense, the timer expires in steps of this length. A deadline after a pause is not delayed. A wake-up costs
    /// more than a poll: at a thousand polls a second, 8 ms save a third of the CPU time. 0: each at its own time. At
    /// most one second.
    std::chrono::milliseconds timer_slack{8};
};

/// Any number of registrations at once, on one thread, over a user's event loop.
///
/// Requests are sent in turn while places are free: polls and other requests of begun registrations first, in the order
/// in which they became due, and in turn between hosts; then registrations not begun yet. A call starts at most 32
/// requests and then returns to the loop, so that neither a burst nor a resume from suspend delays the reading of
/// answers.
///
/// Threads: the set and its loop belong to one thread at a time, handlers included; nothing here locks.
/// Memory: about 1.3 KB for a waiting registration, plus the captures of its handlers; nothing for a finished one.
/// Throws: in addition to the exceptions named at each function, `std::bad_alloc` and those of the loop's timer
/// functions; the set is consistent after them. An exception in the course of one registration, `std::bad_alloc`
/// included, ends that one only.
class LARK_EXPORT flow_set {
public:
    /// Attaches itself to `loop`, which is kept by reference and must outlive the set. Throws
    /// `registration::invalid_option` for a limit of 0 or a `timer_slack` out of range, and `std::logic_error` if the
    /// loop has another handler.
    explicit flow_set(event_loop& loop, flow_set_options options = {});
    flow_set(const flow_set&) = delete;
    flow_set& operator=(const flow_set&) = delete;

    /// Abandons the requests in flight, disarms the timer and detaches itself. Calls no handler: for every
    /// `on_finished`, call `cancel_all` first. Not from within a handler or a function of the loop.
    ~flow_set();

    /// Adds a registration. It begins when the loop's timer expires, which is armed for it: no handler runs and no
    /// request starts within `add`. Throws `registration::invalid_option`; whatever it throws, nothing has been
    /// added.
    registration_id add(flow_handlers handlers, const registration::options& options = {});

    /// The same for one that was begun elsewhere; `on_qr_code` is optional here, and gets the link once more. Throws
    /// `registration::invalid_option` also if the hosts of `options` are not those with which the registration began.
    registration_id add(flow_handlers handlers, const registration::snapshot& from,
                        const registration::options& options = {});

    /// Ends a registration with code `abort`; true if it was running and not cancelled before. Its `on_finished` has
    /// been called on return or, if this is called inside a handler or a function of the loop, is called once that has
    /// returned. None of its other handlers is called again. An answer that the loop has already given counts,
    /// credentials included.
    bool cancel(registration_id id);

    /// `cancel` for all that have been added so far.
    void cancel_all();

    /// Registrations that have not finished.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }  ///< whether all have finished
    /// Requests in flight; and registrations that wait for their turn to send.
    [[nodiscard]] std::size_t requests_in_flight() const noexcept;
    [[nodiscard]] std::size_t waiting_for_turn() const noexcept;  ///< see above

    /// Counters of the set; takes constant time. On the set's thread, also inside handlers.
    [[nodiscard]] flow_set_stats stats() const noexcept;

    /// How a registration stands; nothing if the set does not know it (any more). On the set's thread, also inside
    /// handlers.
    [[nodiscard]] std::optional<registration_state> state(registration_id id) const;

private:
    friend class registrar;
    /// One whose options have been checked.
    registration_id add_checked(flow_handlers handlers, registration::flow machine);

    class driver;
    std::unique_ptr<driver> driver_;
};

}  // namespace lark::injected
