// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/registration/snapshot.hpp>
#include <lark/registration/trace.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lark::registration {

namespace detail {
struct reply;
struct request_error;
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
/// Throws: the constructor as documented; `poll_output`, `handle_*` nothing but `std::bad_alloc`, which leaves the flow as it was.
/// Copies: a copy is an independent flow in the same state; the two share nothing that changes.
class LARK_EXPORT flow {
public:
    /// Throws `invalid_option` for what the caller got wrong.
    explicit flow(const options& opts = {});

    /// Carries on what was saved (protocol.md, section 9), at the time `at`. The link comes once more as the first output. Of the
    /// options those for polls count. Throws `invalid_option`; for `domain` and `lark_domain` also if they are not those of the
    /// snapshot.
    flow(const snapshot& from, wall_time at, const options& opts = {});

    /// The next thing to do. `wait_until` and `finished` are repeated unchanged until the next input; the others come once.
    [[nodiscard]] output poll_output(time_point now);

    /// True if the next `poll_output` will hand out a `send_request`. A driver with a limit on requests in flight may let
    /// the flow wait here: no timeout runs before the hand-out.
    [[nodiscard]] bool wants_to_send() const noexcept;

    /// When `options::give_up_after` ends the flow; the last of all times if it never does. For a driver that lets the flow wait for
    /// its turn to send: call `handle_time` then. Counted from the first call that takes the time.
    [[nodiscard]] time_point gives_up_at() const noexcept { return gives_up_at_; }

    /// A reply to request `id` arrived whole. Read however late it comes, unless time has already abandoned the request.
    accepted handle_response(request_id id, time_point now, const http_response& response);

    /// Request `id` failed before a whole reply was there.
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);

    /// Time has passed. Call it when the deadline of `wait_until` is reached; earlier calls do no harm.
    void handle_time(time_point now);

    /// Ends the flow with code `abort`, unless it is over already. Idempotent.
    void cancel() noexcept;

    /// The end of the story; null before `finished`. The pointer lives as long as the flow, unmoved and unassigned.
    [[nodiscard]] const outcome* result() const noexcept { return outcome_.get(); }

    /// The request whose exchange ended last, by an answer or its timeout; 0 before the first. It changes with the input that
    /// ends one: a driver that traces compares it before and after.
    [[nodiscard]] request_id last_exchange_id() const noexcept { return last_exchange_.id; }

    /// That exchange and what followed from it, as it stood then; nothing before the first. `took` and `bytes` are the driver's to add.
    [[nodiscard]] std::optional<trace_event> last_exchange() const;

    /// Of that exchange the part that failures and statuses carry.
    [[nodiscard]] exchange_summary last_summary() const;
    /// Polls sent, by all flows that carried the registration on.
    [[nodiscard]] unsigned polls() const noexcept { return progress_.polls; }

    /// A snapshot from which another flow can carry this one on, as of `at`; empty before the link is known and after
    /// the end. A request in flight counts as sent and lost, unless the flow goes on. Outputs that have not been taken
    /// are not in it, but for the link.
    [[nodiscard]] std::optional<snapshot> save(wall_time at, after_save then = after_save::stops) const;

    /// How far it is.
    [[nodiscard]] registration_phase phase() const noexcept;

    /// When the next request is due, on the driver's clock: in the past while one is due and waits for its turn. Nothing while
    /// one is out, and when none is to come.
    [[nodiscard]] std::optional<time_point> next_request_at() const noexcept;

    /// The last transient trouble that no good reply has followed, as in `failure::cause`; empty: none. A view until the next
    /// input.
    [[nodiscard]] std::string_view last_trouble() const noexcept;

    /// The current state by name, for tests and for debugging; see state-machine.md.
    [[nodiscard]] std::string_view state_name() const noexcept;

private:
    friend struct flow_test_access;  // tests/registration/support: the state as a key for exploration

    enum class state {
        init_due,       ///< init is to be handed out
        init_sent,      ///< init is out
        init_waiting,   ///< init failed and is tried again
        begin_due,      ///< begin is to be handed out
        begin_sent,     ///< begin is out
        begin_waiting,  ///< begin failed and is tried again, or init's reply asked to wait
        poll_due,       ///< a poll is to be handed out
        poll_sent,      ///< a poll is out
        poll_waiting,   ///< between two polls
        expiring,       ///< the last poll brought no end: silence until expiry
        finished,       ///< the outcome is set
    };

    /// The numbers that transitions change. `deadline` is that of the request while one is out, that of the wait while
    /// waiting, and the time since when while something is due.
    struct progress {
        bool at_lark = false;                        ///< polls go to `lark_domain`
        wait_reason reason = wait_reason::interval;  ///< of `deadline`, while waiting
        unsigned failures = 0;                       ///< in a row
        unsigned polls = 0;                          ///< handed out
        std::chrono::seconds interval{5};
        std::chrono::seconds lifetime{};
        time_point deadline = time_point::min();
        duration timeout{};                         ///< of the request that is out, or was last
        time_point start_end = time_point::max();   ///< of init and begin together; set at the first hand-out
        time_point last_poll_at{};                  ///< L of protocol.md, section 4
        time_point expires_at{};                    ///< D of protocol.md, section 4
        time_point poll_limit = time_point::max();  ///< where the poll that is out is abandoned at the latest
    };

    /// The last exchange that ended, as it stood then. All but its request id, which takes memory.
    struct exchange_record {
        request_id id{};
        duration wait{};
        std::int64_t code = 0;
        std::chrono::seconds retry_after{};
        unsigned number = 0;
        int http_status = 0;
        exchange_step step = exchange_step::init;
        oauth_error error = oauth_error::none;
        std::optional<transport_failure_kind> failure{};
        exchange_result result = exchange_result::none;
        next_step next = next_step::send;
        wait_reason reason = wait_reason::interval;
        stop_reason stop = stop_reason::none;
        bool on_kept_connection = false;
        bool at_lark = false;  ///< where the request went
    };

    struct change;  // what an input does, worked out before anything is touched

    [[nodiscard]] output hand_out() noexcept;
    void advance(time_point now) noexcept;
    void set_state(state s) noexcept;
    void take(change&& c);
    void apply(change&& c) noexcept;
    void finish() noexcept;
    [[nodiscard]] bool is_outstanding(request_id id) const noexcept;
    [[nodiscard]] bool is_waiting() const noexcept;

    // The account of an exchange, src/registration/flow_trace.cpp.
    [[nodiscard]] exchange_record exchange_that_is_out() const noexcept;
    [[nodiscard]] exchange_summary summary_of(const exchange_record& e, const log_id& id) const;
    [[nodiscard]] log_id request_id_in(const http_response& response, const detail::reply* reply) const;
    void add_facts(failure& why, const exchange_record& e, const log_id& id) const;
    void complete(change& c) const;
    [[nodiscard]] std::shared_ptr<const outcome> cancelled() const noexcept;

    // The rules, src/registration/flow_rules.cpp. They change nothing: a `bad_alloc` leaves the flow as it was.
    [[nodiscard]] change on_response(const http_response& response) const;
    [[nodiscard]] change on_failure(const transport_failure& failure) const;
    [[nodiscard]] change on_request_timeout() const;
    [[nodiscard]] change on_wait_over() const;
    [[nodiscard]] change on_init_reply(detail::reply& reply, int status, std::chrono::seconds retry_after) const;
    [[nodiscard]] change on_begin_reply(detail::reply& reply, int status, std::chrono::seconds retry_after) const;
    [[nodiscard]] change on_start_reply(detail::reply& reply, int status, std::chrono::seconds retry_after) const;
    [[nodiscard]] change on_poll_reply(detail::reply& reply, int status, std::chrono::seconds retry_after) const;
    [[nodiscard]] change on_request_error(const detail::request_error& what, std::chrono::seconds retry_after) const;
    [[nodiscard]] change on_poll_error(const detail::request_error& what, std::chrono::seconds retry_after,
                                       bool on_kept_connection = false) const;
    [[nodiscard]] change end_keyless(const detail::reply& reply) const;
    [[nodiscard]] change go_on_at_lark(detail::reply& reply, std::chrono::seconds retry_after) const;
    void schedule_poll(change& c, std::chrono::seconds wait, wait_reason reason) const;
    [[nodiscard]] bool is_last_poll() const noexcept;
    [[nodiscard]] std::shared_ptr<const user_info> merged_user(const std::optional<user_info>& later) const;
    [[nodiscard]] std::string without_secrets(std::string_view text, const detail::reply* reply = nullptr) const;
    [[nodiscard]] change end_with_service_error(detail::reply& reply) const;
    [[nodiscard]] change end_with(failure_kind kind, std::string_view code, std::string description) const;
    void expire(change& c) const;
    [[nodiscard]] change unchanged() const;
    void give_up(change& c) const;
    [[nodiscard]] time_point start_end_now() const noexcept;
    [[nodiscard]] std::chrono::seconds polling_wait(std::chrono::seconds interval,
                                                    std::chrono::seconds retry_after) const;

    struct settings {
        std::string feishu_url;
        std::string lark_url;
        duration request_timeout{};
        duration start_budget{};
        duration expiry_grace{};
        duration give_up_after{};  ///< the longest of all if there is no limit
        double interval_margin = 0;
        registration::first_poll first_poll{};
        registration::link_style link_style{};
        std::optional<brand> link_brand{};
        brand issuer{};           ///< the brand of `domain`
        bool loopback = false;    ///< `domain` is a loopback host
        bool switchable = false;  ///< `lark_domain` is another host
    };

    settings settings_;
    state state_ = state::init_due;
    progress progress_{};
    time_point now_ = time_point::min();  // the latest seen
    time_point gives_up_at_ = time_point::max();
    std::uint64_t last_id_ = 0;
    request_id abandoned_{};  // slots to be drained, in the order of `output`; 0: none
    bool qr_pending_ = false;
    bool status_pending_ = false;
    status status_ = status::polling;
    std::chrono::seconds status_interval_{};

    std::string link_parameters_;  // freed once the link is built
    std::string link_;             // this and the next three are kept for snapshots
    std::string verification_uri_complete_;
    std::string verification_uri_;
    std::string user_code_;
    std::array<std::uint64_t, 2>
        link_fingerprints_{};                // of the service's link and of the one shown, to know them in a text
    std::string reason_;                     // of the status slot
    std::string cause_;                      // the last transient error
    std::shared_ptr<const user_info> user_;  // of the replies so far; null before any
    secret device_code_;
    secret poll_body_;
    exchange_record last_exchange_;
    log_id last_log_id_;
    std::shared_ptr<const outcome> outcome_;  // on the heap: a waiting flow has none, and there are many of those
};

}  // namespace lark::registration
