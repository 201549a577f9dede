// SPDX-License-Identifier: MIT
// The effect of each input of a token flow: protocol.md, section 6.
#include "open_platform/token_state.hpp"

#include "base/http.hpp"
#include "open_platform/reply.hpp"
#include "open_platform/request_error.hpp"

#include <utility>

namespace lark::open_platform::detail {
namespace {

using registration::stop_reason;
using namespace std::chrono_literals;

constexpr unsigned most_tries = 3;
constexpr duration refresh_pause = 30s;  // after a refresh that failed

token_change settle(const token_state& f, waiter_queue::answer what) {
    token_change c{.next = f.position};
    c.next.phase = token_phase::idle;
    if (f.waiters.has_waiters()) c.answers.push_back({.what = std::move(what)});
    return c;
}

token_change on_request_error(const token_state& f, request_error what, trace_event seen) {
    auto& why = what.why;
    const duration asked = why.retry_after.value_or(0ms);
    token_change c{.next = f.position};
    base::next_try next{.stop = stop_reason::answer};
    if (f.has_valid_token()) {
        // A refresh: the old token is still valid, so the failure is not reported.
        c = settle(f, f.token);
        c.next.no_refresh_before = saturating_add(f.now, std::max(refresh_pause, asked));
    } else {
        next = c.next.fail(f.now, what.retryable && f.waiters.has_waiters(), most_tries, asked);
        if (next.stop == stop_reason::none) {
            c.next.phase = token_phase::waiting;
        } else {
            if (next.stop != stop_reason::answer) why.message += base::given_up_after(c.next.failures);
            c = settle(f, std::make_shared<const api_failure>(std::move(why)));
        }
    }
    add_next(seen, next);
    c.trace = std::move(seen);
    return c;
}

}  // namespace

token_change on_response(const token_state& f, const http_response& response) {
    const secrets hidden{f.request.credential.reveal(), f.request.quoted_credential.reveal()};
    auto reply =
        read_token_reply(response, hidden, f.request.needs_assertion() ? token_form::oauth : token_form::internal);
    auto* what = std::get_if<request_error>(&reply);
    auto seen = trace_of(response, what, registration::exchange_result::token, hidden);
    if (what != nullptr) {
        what->retryable = what->retryable || what->why.kind == api_failure_kind::rate_limited ||
                          base::is_server_error(response.status);
        return on_request_error(f, std::move(*what), std::move(seen));
    }
    auto& read = std::get<token_reply>(reply);
    // Counted from the sending: the service's clock started on the way, so the token is never thought good for too
    // long.
    const duration lifetime = read.lifetime;
    const auto sent_at = saturating_add(f.position.request_deadline, -f.position.timeout);
    const auto expires_at = saturating_add(sent_at, lifetime);
    const auto refresh_at = saturating_add(expires_at, -std::min(f.refresh_before, lifetime / 2));
    const token_id id{f.position.last_token + 1};
    auto fresh = std::make_shared<const token>(token{id, std::move(read.token), refresh_at, expires_at});
    auto c = settle(f, fresh);
    ++c.next.last_token;
    c.next.no_refresh_before = time_point::min();  // it was for the token before
    c.replaces = std::move(fresh);
    c.trace = std::move(seen);
    return c;
}

token_change on_failure(const token_state& f, const transport_failure& failure) {
    return on_request_error(
        f, request_error_of(failure, {f.request.credential.reveal(), f.request.quoted_credential.reveal()}),
        trace_of(failure));
}

token_change on_timeout(const token_state& f) {
    auto c = on_failure(f, base::timeout_failure(f.position.timeout));
    c.next.abandon();
    c.trace->result = registration::exchange_result::timeout;
    if (f.position.phase == token_phase::signing) c.trace.reset();  // nothing was exchanged
    return c;
}

token_change on_no_assertion(const token_state& f, std::int64_t code, std::string why) {
    auto c = on_request_error(
        f, {.why = {.kind = api_failure_kind::refused, .code = code, .message = std::move(why)}, .retryable = false},
        {});
    c.trace.reset();  // nothing was exchanged
    return c;
}

}  // namespace lark::open_platform::detail
