// SPDX-License-Identifier: MIT
// The effect of each input of a call: protocol.md, section 6.
#include "open_platform/call_state.hpp"

#include "base/http.hpp"
#include "open_platform/reply.hpp"
#include "open_platform/request_error.hpp"

#include <utility>

namespace lark::open_platform::detail {
namespace {

using registration::stop_reason;

bool is_bad_token(std::int64_t code) noexcept {
    return code == api_code::bad_tenant_token || code == api_code::bad_app_token;
}

call_change on_request_error(const call_state& f, request_error what, trace_event seen) {
    auto& why = what.why;
    call_change c{.next = f.position};
    auto next =
        c.next.fail(f.now, what.retryable, f.settings.tries, why.retry_after.value_or(std::chrono::milliseconds{0}));
    // A service that asks for a longer wait gets no second try: it is reported, and the caller decides.
    if (next.stop == stop_reason::none && next.wait > base::longest_backoff) next.stop = stop_reason::answer;
    if (next.stop == stop_reason::tries && c.next.failures > 1) why.message += base::given_up_after(c.next.failures);
    if (next.stop == stop_reason::none) c.next.phase = call_phase::waiting;
    else c = end_with(f, std::move(why));
    add_next(seen, next);
    c.trace = std::move(seen);
    return c;
}

}  // namespace

call_change end_with(const call_state& f, api_result result) {
    call_change c{.next = f.position, .result = std::move(result)};
    c.next.phase = call_phase::finished;
    return c;
}

call_change on_response(const call_state& f, const http_response& response) {
    const secrets hidden{f.token.reveal(), f.settings.own_credential.reveal()};
    auto reply = read_api_reply(response, hidden);
    auto* what = std::get_if<request_error>(&reply);
    auto seen = trace_of(response, what, registration::exchange_result::data, hidden);
    const bool bad_token = what != nullptr && is_bad_token(what->why.code) && f.settings.needs_token;
    if (what != nullptr && !bad_token) return on_request_error(f, std::move(*what), std::move(seen));
    call_change c{.next = f.position};
    if (!bad_token) {
        c = end_with(f, std::get<api_response>(std::move(reply)));
    } else if (f.position.token_replaced) {
        c = end_with(f, std::move(what->why));
        add_next(seen, {.stop = stop_reason::answer});
    } else {
        // The service did not act, so even what is not idempotent may go out again: once, with a fresh token.
        c.next.phase = call_phase::needs_token;
        seen.next = registration::next_step::send;
    }
    if (bad_token) {
        c.next.rejected = f.token_id;
        c.next.token_replaced = true;
    }
    c.trace = std::move(seen);
    return c;
}

call_change on_failure(const call_state& f, const transport_failure& failure) {
    return on_request_error(f, request_error_of(failure, {f.token.reveal(), f.settings.own_credential.reveal()}),
                            trace_of(failure));
}

call_change on_timeout(const call_state& f) {
    auto c = on_failure(f, base::timeout_failure(f.position.timeout));
    c.next.abandon();
    c.trace->result = registration::exchange_result::timeout;
    return c;
}

}  // namespace lark::open_platform::detail
