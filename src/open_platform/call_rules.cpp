// SPDX-License-Identifier: MIT
// The effect of each input of a call (protocol.md, section 6). Every function here reads the flow and returns the change;
// none modifies it.
#include <lark/open_platform/call_flow.hpp>

#include "base/tries.hpp"
#include "open_platform/call_change.hpp"
#include "open_platform/reply.hpp"
#include "open_platform/request_error.hpp"
#include "open_platform/trace.hpp"

#include <algorithm>
#include <utility>

namespace lark::open_platform {
namespace {

using registration::stop_reason;
using std::chrono::seconds;

/// A service that asks for more than this gets no second try.
constexpr seconds longest_wait{30};

bool is_bad_token(std::int64_t code) noexcept {
    return code == api_code::bad_tenant_token || code == api_code::bad_app_token;
}

}  // namespace

call_flow::change call_flow::on_response(const http_response& response) const {
    const detail::secrets hidden{token_.reveal(), settings_.own_credential.reveal()};
    auto reply = detail::read_api_reply(response, hidden);
    auto* error = std::get_if<detail::request_error>(&reply);
    auto seen = detail::trace_of(response, error, registration::exchange_result::data, hidden);
    if (error == nullptr) {
        auto c = end_with(std::get<api_response>(std::move(reply)));
        c.trace = std::move(seen);
        return c;
    }
    auto& what = *error;
    if (is_bad_token(what.why.code) && settings_.needs_token) {
        // The service did not act, so even what is not idempotent may go out again: once, with a fresh token.
        auto c =
            token_replaced_ ? end_with(std::move(what.why)) : change{.to = state::needs_token, .failures = failures_};
        c.rejects_token = true;
        if (token_replaced_) detail::follows_end(seen, stop_reason::answer);
        else seen.next = registration::next_step::send;
        c.trace = std::move(seen);
        return c;
    }
    return on_request_error(std::move(what), std::move(seen));
}

call_flow::change call_flow::on_failure(const transport_failure& failure) const {
    auto what = detail::request_error_of(failure, {token_.reveal(), settings_.own_credential.reveal()});
    return on_request_error(std::move(what), detail::trace_of(failure));
}

call_flow::change call_flow::on_timeout() const {
    auto c = on_request_error(detail::timeout_error(settings_.request_timeout), detail::trace_of_timeout());
    c.abandons = true;
    return c;
}

call_flow::change call_flow::on_request_error(detail::request_error what, registration::trace_event seen) const {
    auto& why = what.why;
    const auto end = [&](stop_reason reason) {
        auto c = end_with(std::move(why));
        detail::follows_end(seen, reason);
        c.trace = std::move(seen);
        return c;
    };
    if (!what.retryable) return end(stop_reason::answer);
    const unsigned failures = failures_ + 1;
    if (failures >= settings_.tries) {
        if (failures > 1) why.message += "; given up after " + std::to_string(failures) + " tries";
        return end(stop_reason::tries);
    }
    const duration least = std::min(base::backoff(failures), longest_wait);
    const auto wait = std::max<duration>(least, why.retry_after.value_or(std::chrono::milliseconds{0}));
    if (wait > longest_wait) return end(stop_reason::answer);  // reported; the caller decides
    detail::follows_wait(seen, wait, least);
    change c{.to = state::waiting, .deadline = saturating_add(now_, wait), .failures = failures};
    c.trace = std::move(seen);
    return c;
}

call_flow::change call_flow::end_with(api_result result) const { return {.result = std::move(result)}; }

}  // namespace lark::open_platform
