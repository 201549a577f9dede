// SPDX-License-Identifier: MIT
// The effect of each input of a token flow (protocol.md, section 6). Every function here reads the flow and returns the
// change; none touches anything.
#include <lark/open_platform/token_flow.hpp>

#include "base/http.hpp"
#include "base/tries.hpp"
#include "open_platform/reply.hpp"
#include "open_platform/request_error.hpp"
#include "open_platform/token_change.hpp"
#include "open_platform/trace.hpp"

#include <algorithm>
#include <utility>

namespace lark::open_platform {
namespace {

using std::chrono::seconds;
using namespace std::chrono_literals;

constexpr unsigned most_tries = 3;
constexpr seconds refresh_pause = 30s;  // after a refresh that failed

}  // namespace

token_flow::change token_flow::on_response(const http_response& response) const {
    const detail::secrets hidden{settings_.app_secret.reveal(), settings_.quoted_app_secret.reveal()};
    const auto form = settings_.audience.empty() ? detail::token_form::internal : detail::token_form::oauth;
    auto reply = detail::read_token_reply(response, hidden, form);
    auto* what = std::get_if<detail::request_error>(&reply);
    auto seen = detail::trace_of(response, what, registration::exchange_result::token, hidden);
    if (what != nullptr) {
        const bool retryable = what->retryable || what->why.kind == api_failure_kind::rate_limited ||
                               base::is_server_error(response.status);
        return on_request_error(std::move(what->why), retryable, std::move(seen));
    }
    auto& read = std::get<detail::token_reply>(reply);
    // Counted from the sending: the service's clock started on the way, so the token is never thought good for too long.
    const duration lifetime = read.lifetime;
    const auto expires_at = saturating_add(sent_at_, lifetime);
    const auto refresh_at = saturating_add(expires_at, -std::min(settings_.refresh_before, lifetime / 2));
    const token_id id{last_token_ + 1};
    auto fresh = std::make_shared<const token>(token{id, std::move(read.token), refresh_at, expires_at});
    auto c = settle(verdict{fresh});
    c.replaces = std::move(fresh);
    c.trace = std::move(seen);
    return c;
}

token_flow::change token_flow::on_failure(const transport_failure& failure) const {
    auto what =
        detail::request_error_of(failure, {settings_.app_secret.reveal(), settings_.quoted_app_secret.reveal()});
    return on_request_error(std::move(what.why), what.retryable, detail::trace_of(failure));
}

token_flow::change token_flow::on_timeout() const {
    auto what = detail::timeout_error(saturating_sub(deadline_, sent_at_));
    auto c = on_request_error(std::move(what.why), what.retryable, detail::trace_of_timeout());
    c.abandons = true;
    return c;
}

token_flow::change token_flow::on_request_error(api_failure why, bool retryable, registration::trace_event seen) const {
    const auto end = [&](change c, registration::stop_reason reason) {
        detail::follows_end(seen, reason);
        c.trace = std::move(seen);
        return c;
    };
    const auto asked_to_wait = duration{why.retry_after.value_or(0ms)};
    if (has_valid_token()) {
        // A refresh: the old token is still valid, so the failure is not reported.
        auto c = settle(verdict{token_});
        c.no_refresh_before = saturating_add(now_, std::max<duration>(refresh_pause, asked_to_wait));
        return end(std::move(c), registration::stop_reason::answer);
    }
    const unsigned failures = failures_ + 1;
    const duration least = base::backoff(failures);
    const auto wait = std::max(least, asked_to_wait);
    const auto next = saturating_add(now_, wait);
    if (!retryable || waiting_.empty()) return end(settle(std::move(why)), registration::stop_reason::answer);
    const auto budget_end = budget_end_now();
    if (failures >= most_tries || next >= budget_end) {
        why.message += "; given up after " + std::to_string(failures) + (failures == 1 ? " try" : " tries");
        return end(settle(std::move(why)),
                   failures >= most_tries ? registration::stop_reason::tries : registration::stop_reason::start_budget);
    }
    change c;
    c.to = state::waiting;
    c.deadline = next;
    c.failures = failures;
    c.budget_end = budget_end;
    detail::follows_wait(seen, wait, least);
    c.trace = std::move(seen);
    return c;
}

token_flow::change token_flow::settle(verdict what) const {
    change c;
    if (!waiting_.empty()) c.answers.push_back({.what = std::move(what)});
    return c;
}

token_flow::change token_flow::settle(api_failure why) const {
    return settle(verdict{std::make_shared<const api_failure>(std::move(why))});
}

}  // namespace lark::open_platform
