// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace lark::open_platform {

namespace detail {
struct call_state;
}

class token_flow;

/// One call of the Open Platform as a pure state machine: gets a token, sends the request, reads the reply.
///
/// Drain and feed it in turn, as with `registration::flow`; answer `need_token` with `handle_token` or
/// `handle_no_token`.
///
/// Any request is sent again after a bad-token code (99991663, 99991664), once and with a fresh token, since the
/// service did not act. A GET is also sent again after a connection that failed or was cut, a timeout, or HTTP 5xx
/// without a code: `client_options::tries` times in all, after 1 s, 2 s, 4 s… up to 30 s, unless the service asks for
/// more. No other request is repeated: the service may have acted on a POST whose reply was lost, and rate limits are
/// reported.
///
/// Time, threads, exceptions and copies: as with `registration::flow`.
class LARK_EXPORT call_flow {
public:
    /// Throws `registration::invalid_option` for a member of the request or one of the options.
    explicit call_flow(api_request request, const client_options& options = {});

    call_flow(const call_flow& other);             ///< an independent flow in the same state; throws `std::bad_alloc`
    call_flow& operator=(const call_flow& other);  ///< the same; without effect if it throws
    call_flow(call_flow&& other) noexcept;         ///< `other` may only be assigned to or destroyed then
    call_flow& operator=(call_flow&& other) noexcept;  ///< see above
    ~call_flow();

    /// The next output. `need_token`, `wait_until` and `finished` are repeated unchanged until the next input; the
    /// others are returned once.
    [[nodiscard]] call_output poll_output(time_point now);

    /// True if the next `poll_output` will hand out a `send_call`. A driver may let the flow wait here: no timeout runs
    /// before the hand-out.
    [[nodiscard]] bool wants_to_send() const noexcept;

    /// Where its requests are sent; valid as long as the flow is neither moved, assigned to nor destroyed.
    [[nodiscard]] std::string_view url() const noexcept;

    /// The answer to `need_token`.
    accepted handle_token(time_point now, const token_granted& granted);
    accepted handle_no_token(time_point now, const api_failure& why);  ///< no token can be had: the call ends

    accepted handle_response(request_id id, time_point now, const http_response& response);    ///< whatever its status
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);  ///< no whole reply
    void handle_time(time_point now);  ///< time has passed; see `wait_until`

    /// Ends the call with kind `aborted`, unless it is over already. Idempotent.
    void cancel() noexcept;

    /// The result; null before `finished`. The pointer is valid until the flow is moved, assigned to or destroyed.
    [[nodiscard]] const api_result* result() const noexcept;

    /// The request whose exchange ended last, by an answer or its timeout; 0 before the first.
    [[nodiscard]] request_id last_exchange_id() const noexcept;

    /// That exchange and what followed from it, as it stood then; see `registration::flow::last_exchange`.
    [[nodiscard]] std::optional<registration::trace_event> last_exchange() const;

    /// The current state by name, for tests and for debugging.
    [[nodiscard]] std::string_view state_name() const noexcept;

private:
    friend LARK_EXPORT api_failure failure_of_exception(std::string_view what, const token_flow& tokens,
                                                        const call_flow* call);
    std::unique_ptr<detail::call_state> state_;
};

/// For drivers: the failure that a call ends with because its transport threw. Kind `no_reply`; the message is `what`
/// up to 1 KiB, without the secrets of the two flows; `call` is null if nothing but a token was asked for. From the
/// thread that drives both; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT api_failure failure_of_exception(std::string_view what, const token_flow& tokens,
                                                           const call_flow* call);

}  // namespace lark::open_platform
