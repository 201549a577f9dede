// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/registration/snapshot.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace lark::registration {

namespace detail {
struct flow_state;
}  // namespace detail

/// One registration as a pure state machine (RFC 8628): fed with replies and time, it says what to do next.
///
/// To drive it, drain and feed in turn:
///   1. call `poll_output(now)` and do what it says, until it says `wait_until` or `finished`;
///   2. at `wait_until`, wait for the deadline or for the answer to the outstanding request, whichever comes first;
///   3. feed it: `handle_response` or `handle_failure` for an answer, else `handle_time`; back to 1.
/// Feed answers before time or a cancel. state-machine.md has the table of states.
///
/// Time: every `now` is on the driver's clock; one that goes back is read as the latest seen. No call blocks, reads a
/// clock, or performs I/O.
///
/// Threads: one at a time for each flow, `cancel` included; different flows are independent.
/// Throws: the constructor as documented; `poll_output`, `handle_*` nothing but `std::bad_alloc`, which leaves the flow
/// as it was. Copies: a copy is an independent flow in the same state; the two share nothing that changes. A moved-from
/// flow may only be assigned to or destroyed.
class LARK_EXPORT flow {
public:
    /// Throws `invalid_option` for what the caller got wrong.
    explicit flow(const options& opts = {});

    /// Carries on what was saved (protocol.md, section 9), at the time `at`. The link comes once more as the first
    /// output. Of the options those for polls count. Throws `invalid_option`; for `domain` and `lark_domain` also if
    /// they are not those of the snapshot.
    flow(const snapshot& from, wall_time at, const options& opts = {});

    flow(const flow& other);                 ///< an independent flow in the same state; throws `std::bad_alloc`
    flow& operator=(const flow& other);      ///< the same; without effect if it throws
    flow(flow&& other) noexcept;             ///< `other` may only be assigned to or destroyed then
    flow& operator=(flow&& other) noexcept;  ///< see above
    ~flow();

    /// The next thing to do. `wait_until` and `finished` are repeated unchanged until the next input; the others come
    /// once.
    [[nodiscard]] output poll_output(time_point now);

    /// True if the next `poll_output` will hand out a `send_request`. A driver with a limit on requests in flight may
    /// let the flow wait here: no timeout runs before the hand-out.
    [[nodiscard]] bool wants_to_send() const noexcept;

    /// When `options::give_up_after` ends the flow; the last of all times if it never does. For a driver that lets the
    /// flow wait for its turn to send: call `handle_time` then. Counted from the first call that takes the time.
    [[nodiscard]] time_point gives_up_at() const noexcept;

    /// Where its requests go at a host of that brand, for a driver that limits requests to a host. A view until the
    /// flow is moved or assigned.
    [[nodiscard]] std::string_view url(brand at) const noexcept;

    /// A reply to request `id` arrived whole. Read however late it comes, unless time has already abandoned the
    /// request.
    accepted handle_response(request_id id, time_point now, const http_response& response);

    /// Request `id` failed before a whole reply was there.
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);

    /// Time has passed. Call it when the deadline of `wait_until` is reached; earlier calls do no harm.
    void handle_time(time_point now);

    /// Ends the flow with code `abort`, unless it is over already. Idempotent.
    void cancel() noexcept;

    /// The outcome; null before `finished`. The pointer lives as long as the flow, unmoved and unassigned.
    [[nodiscard]] const outcome* result() const noexcept;

    /// The request whose exchange ended last, by an answer or its timeout; 0 before the first. It changes with the
    /// input that ends one: a driver that traces compares it before and after.
    [[nodiscard]] request_id last_exchange_id() const noexcept;

    /// That exchange and what followed from it, as it stood then; nothing before the first. `took` and `bytes` are the
    /// driver's to add.
    [[nodiscard]] std::optional<trace_event> last_exchange() const;

    /// Of that exchange the part that failures and statuses carry.
    [[nodiscard]] exchange_summary last_summary() const;
    /// Polls sent, by all flows that carried the registration on.
    [[nodiscard]] unsigned polls() const noexcept;

    /// A snapshot from which another flow can carry this one on, as of `at`; empty before the link is known and after
    /// the end. A request in flight counts as sent and lost, unless the flow goes on. Outputs that have not been taken
    /// are not in it, but for the link.
    [[nodiscard]] std::optional<snapshot> save(wall_time at, after_save then = after_save::stops) const;

    /// How far it is.
    [[nodiscard]] registration_phase phase() const noexcept;

    /// When the next request is due, on the driver's clock: in the past while one is due and waits for its turn.
    /// Nothing while one is out, and when none is to come.
    [[nodiscard]] std::optional<time_point> next_request_at() const noexcept;

    /// The last transient error that no good reply has followed, as in `failure::last_error`; empty: none. A view until
    /// the next input.
    [[nodiscard]] std::string_view last_error() const noexcept;

    /// The current state by name, for tests and for debugging; see state-machine.md.
    [[nodiscard]] std::string_view state_name() const noexcept;

private:
    friend struct flow_test_access;  // of the tests: reads the state as a key

    std::unique_ptr<detail::flow_state> state_;  // null once moved from
};

}  // namespace lark::registration
