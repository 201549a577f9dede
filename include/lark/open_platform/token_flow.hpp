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

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lark::open_platform {

namespace detail {
struct token_state;
}

class call_flow;

/// The tenant access token of one app as a pure state machine: fetched by the first `ask`, kept, and refreshed in the
/// last minutes of its life (`client_options::refresh_before`). At most one request is out, however many ask.
///
/// To drive it: `ask`, then drain `poll_output` until it returns `wait_until` or `idle`, as with `registration::flow`;
/// feed it `handle_response`, `handle_failure` or `handle_time`, and drain again. Each waiter is answered exactly once,
/// unless it is dropped.
///
/// A retryable failure (a connection that fails or is cut, a timeout, HTTP 5xx, a rate limit) is followed by another
/// try, 3 in all and within `token_budget`, 1 s and 2 s after the failures or later if the service says so; any other
/// failure is the answer to all waiters.
///
/// A refresh delays one waiter at a time, the one that started it, and by 5 s at most: others are granted the old token
/// while it is valid. If the refresh fails, that waiter is granted the old token too, and the next refresh starts half
/// a minute later at the earliest.
///
/// Time, threads, exceptions and copies: as with `registration::flow`.
class LARK_EXPORT token_flow {
public:
    /// Throws `registration::invalid_option` for `app_id`, `app_secret`, or one of the options. With
    /// `credentials_provider`, which the flow never calls, `app_secret` is ignored, and `need_assertion` comes before
    /// each request.
    token_flow(const std::string& app_id, secret app_secret, const client_options& options = {});

    token_flow(const token_flow& other);             ///< an independent flow in the same state; throws `std::bad_alloc`
    token_flow& operator=(const token_flow& other);  ///< the same; without effect if it throws
    token_flow(token_flow&& other) noexcept;         ///< `other` may only be assigned to or destroyed then
    token_flow& operator=(token_flow&& other) noexcept;  ///< see above
    ~token_flow();

    /// Adds a waiter for a token. It is granted at the next `poll_output` if there is a valid one, else fetched.
    [[nodiscard]] waiter_id ask(time_point now);

    /// Removes a waiter; a request that is out continues, and its token is kept. Unknown waiters are ignored.
    void drop(waiter_id who);

    /// The service refuses that token: it is not granted again, and waiters that were to get it at the next
    /// `poll_output` wait for a fresh one. Ignored if the token has been replaced.
    void reject(token_id id) noexcept;

    /// The next output. `wait_until` and `idle` are repeated unchanged until the next input; the others are returned
    /// once.
    [[nodiscard]] token_output poll_output(time_point now);

    /// True if the next `poll_output` will hand out a `need_assertion` or a `send_token_request`. A driver may let the
    /// flow wait here: no timeout runs before the hand-out.
    [[nodiscard]] bool wants_to_send() const noexcept;

    /// Where its requests are sent; valid as long as the flow is neither moved, assigned to nor destroyed.
    [[nodiscard]] std::string_view url() const noexcept;

    /// The answer to `need_assertion`; an empty one ends the fetch with code 7101.
    accepted handle_assertion(request_id id, time_point now, secret assertion);
    /// There is none: ends the fetch with code 7102. `why` is for people.
    accepted handle_no_assertion(request_id id, time_point now, std::string_view why);

    accepted handle_response(request_id id, time_point now, const http_response& response);    ///< whatever its status
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);  ///< no whole reply

    /// Request `id` ended because its driver had to stop, and not by a failure. It is due again if there are waiters.
    accepted handle_interrupted(request_id id, time_point now) noexcept;

    /// Time has passed. Call it when the deadline of `wait_until` is reached; earlier calls do no harm.
    void handle_time(time_point now);

    /// The request whose exchange ended last, by an answer or its timeout; 0 before the first. An interrupted one does
    /// not count.
    [[nodiscard]] request_id last_exchange_id() const noexcept;

    /// That exchange and what followed from it, as it stood then; see `registration::flow::last_exchange`.
    [[nodiscard]] std::optional<registration::trace_event> last_exchange() const;

    /// The current state by name, for tests and for debugging.
    [[nodiscard]] std::string_view state_name() const noexcept;

private:
    friend LARK_EXPORT api_failure failure_of_exception(std::string_view what, const token_flow& tokens,
                                                        const call_flow* call);
    std::unique_ptr<detail::token_state> state_;
};

}  // namespace lark::open_platform
