// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/registration/trace.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lark::open_platform {

namespace detail {
struct request_error;
}  // namespace detail

class token_flow;

/// One call of the Open Platform as a pure state machine: gets a token, sends the request, reads the reply.
///
/// Drain and feed it in turn, as with `registration::flow`; answer `need_token` with `handle_token` or `handle_no_token`.
///
/// Any request is sent again after a bad-token code (99991663, 99991664), once and with a fresh token, since the service
/// did not act. A GET is also sent again after a connection that failed or was cut, a timeout, or HTTP 5xx without a code:
/// `client_options::tries` times in all, after 1 s, 2 s, 4 s… up to 30 s, unless the service asks for more. No other
/// request is repeated: the service may have acted on a POST whose reply was lost, and rate limits are reported.
///
/// Time, threads, exceptions and copies: as with `registration::flow`.
class LARK_EXPORT call_flow {
public:
    /// Throws `registration::invalid_option` for a member of the request or one of the options.
    explicit call_flow(api_request request, const client_options& options = {});

    /// The next output. `need_token`, `wait_until` and `finished` are repeated unchanged until the next input; the others
    /// are returned once.
    [[nodiscard]] call_output poll_output(time_point now);

    /// True if the next `poll_output` will hand out a `send_call`. A driver may let the flow wait here: no timeout runs
    /// before the hand-out.
    [[nodiscard]] bool wants_to_send() const noexcept;

    /// Where its requests are sent; valid as long as the flow is neither moved, assigned to nor destroyed.
    [[nodiscard]] std::string_view url() const noexcept { return settings_.url; }

    /// The answer to `need_token`.
    accepted handle_token(time_point now, const token_granted& granted);
    accepted handle_no_token(time_point now, const api_failure& why);  ///< no token can be had: the call ends

    accepted handle_response(request_id id, time_point now, const http_response& response);    ///< whatever its status
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);  ///< no whole reply
    void handle_time(time_point now);  ///< time has passed; see `wait_until`

    /// Ends the call with kind `aborted`, unless it is over already. Idempotent.
    void cancel() noexcept;

    /// The result; null before `finished`. The pointer is valid until the flow is moved, assigned to or destroyed.
    [[nodiscard]] const api_result* result() const noexcept { return result_ ? &*result_ : nullptr; }

    /// The request whose exchange ended last, by an answer or its timeout; 0 before the first.
    [[nodiscard]] request_id last_exchange_id() const noexcept { return traced_id_; }

    /// That exchange and what followed from it, as it stood then; see `registration::flow::last_exchange`.
    [[nodiscard]] std::optional<registration::trace_event> last_exchange() const;

    /// The current state by name, for tests and for debugging.
    [[nodiscard]] std::string_view state_name() const noexcept;

private:
    enum class state {
        needs_token,  ///< waits for a token
        due,          ///< the request is to be handed out
        sent,         ///< it is out
        waiting,      ///< it failed and is tried again
        finished,     ///< the result is set
    };
    struct change;  // the effect of an input, computed before any member changes

    void advance(time_point now) noexcept;
    void take(change&& c);
    void apply(change&& c) noexcept;
    [[nodiscard]] send_call hand_out() noexcept;
    [[nodiscard]] bool is_outstanding(request_id id) const noexcept;

    friend LARK_EXPORT api_failure failure_of_exception(std::string_view what, const token_flow& tokens,
                                                        const call_flow* call);

    // The rules, src/open_platform/call_rules.cpp. They are const: a `bad_alloc` leaves the flow as it was.
    [[nodiscard]] change on_response(const http_response& response) const;
    [[nodiscard]] change on_failure(const transport_failure& failure) const;
    [[nodiscard]] change on_timeout() const;
    [[nodiscard]] change on_request_error(detail::request_error what, registration::trace_event seen) const;
    [[nodiscard]] change end_with(api_result result) const;

    struct settings {
        std::string method;
        std::string url;
        std::vector<http_header> headers;
        std::string body;
        secret own_credential;  // in the caller's `Authorization`, which is among `headers`
        duration request_timeout{};
        unsigned tries = 1;  // 1 unless idempotent
        bool idempotent = false;
        bool needs_token = false;
    };

    settings settings_;
    state state_ = state::due;
    unsigned failures_ = 0;
    bool token_replaced_ = false;
    time_point now_ = time_point::min();  // the latest seen
    time_point deadline_{};               // of the request while it is out, of the wait while waiting
    std::uint64_t last_request_ = 0;
    request_id abandoned_{};  // slots to be drained; 0: none
    token_id rejected_{};
    token_id token_id_{};
    secret token_;
    std::optional<api_result> result_;
    request_id traced_id_{};  // 0: none
    registration::trace_event traced_;
};

/// For drivers: the failure that a call ends with because its transport threw. Kind `no_reply`; the message is `what` up to
/// 1 KiB, without the secrets of the two flows; `call` is null if nothing but a token was asked for. From the thread that
/// drives both; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT api_failure failure_of_exception(std::string_view what, const token_flow& tokens,
                                                           const call_flow* call);

}  // namespace lark::open_platform
