#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lark::registration {

namespace detail {
struct reply;
}

/// Whether an answer was taken.
enum class [[nodiscard]] accepted {
    yes,    ///< it was the answer that the flow waits for
    stale,  ///< it answers no outstanding request; nothing changed
};

/// One registration as a pure state machine (RFC 8628): fed with replies and time, it says what to do next.
///
/// To drive it, drain and feed in turn:
///   1. call `poll_output(now)` and do what it says, until it says `wait_until` or `finished`;
///   2. at `wait_until`, wait for the deadline or for the answer to the outstanding request, whichever comes first;
///   3. feed it: `handle_response` or `handle_failure` for an answer, else `handle_time`; back to 1.
/// What has arrived is fed before time or a cancel. docs/state-machine.md has the table of states.
///
/// Time: every `now` is on the driver's clock; one that goes back is read as the latest seen. No call blocks, reads a
/// clock, or performs I/O.
///
/// Threads: one at a time for each flow, `cancel` included; different flows are independent.
/// Throws: the constructor as documented; `poll_output`, `handle_*` nothing but `std::bad_alloc`, which leaves the flow as it was.
/// Copies: a copy is an independent flow in the same state, sharing nothing.
class LARK_EXPORT flow {
public:
    /// Throws `invalid_option` for what the caller got wrong.
    explicit flow(options opts = {});

    /// The next thing to do. `wait_until` and `finished` are repeated unchanged until the next input; the others come once.
    [[nodiscard]] output poll_output(time_point now);

    /// True if `poll_output` will hand out a `send_request` once what stands before it is drained. A driver with a limit on
    /// requests in flight may let the flow wait here: no timeout runs before the hand-out.
    [[nodiscard]] bool wants_to_send() const noexcept;

    /// A reply to request `id` arrived whole. Read however late it comes, unless time has already abandoned the request.
    accepted handle_response(request_id id, time_point now, const http_response& response);

    /// Request `id` failed before a whole reply was there.
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);

    /// Time has passed. Call it when the deadline of `wait_until` is reached; earlier calls do no harm.
    void handle_time(time_point now);

    /// Ends the flow with code `abort`, unless it is over already. Idempotent.
    void cancel() noexcept;

    /// The end of the story; null before `finished`. The pointer lives as long as the flow, unmoved and unassigned.
    [[nodiscard]] const outcome* result() const noexcept { return outcome_ ? &*outcome_ : nullptr; }

    /// The current state by name, for tests and for debugging; see docs/state-machine.md.
    [[nodiscard]] std::string_view state_name() const noexcept;

private:
    enum class state {
        init_due, init_sent, init_waiting,     // asking for the supported methods
        begin_due, begin_sent, begin_waiting,  // asking for the link
        poll_due, poll_sent, poll_waiting,     // asking for the user's decision
        expiring,                              // the last poll said nothing: silence until expiry
        finished,
    };
    struct rules;  // the transitions, src/registration/flow_rules.hpp

    // Numbers out of the options.
    duration request_timeout_;
    duration start_budget_;
    duration expiry_grace_;
    double interval_margin_;
    first_poll first_poll_;
    bool loopback_domain_;

    state state_;
    bool at_lark_ = false;       // polls go to lark_domain
    bool switchable_;            // lark_domain is another host, and the switch is still to come
    bool qr_pending_ = false;    // slots to be drained, in the order of `output`
    bool status_pending_ = false;
    request_id abandoned_{};     // 0: none
    std::uint64_t last_id_ = 0;
    unsigned failures_ = 0;      // in a row
    std::chrono::seconds interval_{5};
    std::chrono::seconds lifetime_{};
    time_point now_ = time_point::min();      // the latest seen
    time_point deadline_{};                   // of the request out, or of the wait
    time_point start_end_ = time_point::max();// of init and begin together; set at the first hand-out
    time_point last_poll_at_{};               // L of protocol.md, section 4
    time_point expires_at_{};                 // D
    time_point poll_limit_ = time_point::max();  // when the poll that outlives D is abandoned; set at its hand-out
    status_changed status_{};

    std::string feishu_url_;
    std::string lark_url_;
    std::string link_parameters_;  // what the link is given; freed once the link is built
    std::string link_;             // freed once drained
    std::string user_code_;
    std::string verification_uri_;
    std::string reason_;           // of the status slot
    std::string cause_;            // the last transient trouble
    std::string_view code_of_cause_{};
    secret device_code_;
    secret body_;                  // of the request that is due or out
    std::optional<outcome> outcome_;
};

}  // namespace lark::registration
