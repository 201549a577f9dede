// SPDX-License-Identifier: MIT
// The effect of each input on a flow, but for the replies to polls (poll_rules.cpp): the rules of protocol.md, sections 2 and 4,
// in their order there. Every function reads the flow and returns the change; none changes anything.
#include <lark/registration/flow.hpp>

#include "base/http.hpp"
#include "base/http_fields.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "registration/flow_change.hpp"
#include "registration/link.hpp"
#include "registration/oauth_error.hpp"
#include "registration/reply.hpp"
#include "registration/request_body.hpp"
#include "registration/request_error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lark::registration {
namespace {

using std::chrono::seconds;
using namespace std::chrono_literals;

constexpr unsigned start_tries = 3;
constexpr seconds default_interval = 5s;

/// The n-th failure in a row, n from 1 (protocol.md, section 2).
seconds start_backoff(unsigned n) noexcept { return seconds{seconds::rep{1} << std::min(n - 1, 30u)}; }

}  // namespace

flow::change flow::unchanged() const { return {state_, progress_}; }

/// Time beyond a deadline passed while the driver was suspended: it is not taken off the time for the start.
time_point flow::start_end_now() const noexcept {
    return saturating_add(progress_.start_end, std::max(saturating_sub(now_, progress_.deadline), duration{0}));
}

flow::change flow::on_failure(const transport_failure& failure) const {
    const bool kept = failure.on_kept_connection && failure.kind == transport_failure_kind::cut;
    const auto what = detail::request_error_of(failure);
    auto c = state_ == state::poll_sent ? on_poll_error(what, 0s, kept) : on_request_error(what, 0s);
    c.exchange = exchange_that_is_out();
    c.exchange->failure = failure.kind;
    c.exchange->on_kept_connection = kept;
    c.exchange->http_status = failure.http_status;
    return c;
}

flow::change flow::on_response(const http_response& response) const {
    auto wait = base::retry_after(response.headers).value_or(0s);
    const bool is_poll = state_ == state::poll_sent;
    auto reply =
        response.body.size() > detail::body_cap
            ? std::optional<detail::reply>{}
            : detail::read_reply(response.body, is_poll ? detail::descriptions::of_ends : detail::descriptions::all);
    if (reply && detail::is_rate_limited(*reply))
        wait = std::max(wait, base::rate_limit_reset(response.headers).value_or(0s));
    auto id = request_id_in(response, reply ? &*reply : nullptr);  // before the reply's secrets are moved

    auto user = reply && is_poll ? merged_user(reply->user_info) : nullptr;

    // One variable and one return, so that nothing is moved.
    auto c = !reply    ? on_request_error(detail::body_error(response), wait)
             : is_poll ? on_poll_reply(*reply, response.status, wait)
                       : on_start_reply(*reply, response.status, wait);
    if (c.to != state::finished) c.user = std::move(user);
    auto& seen = c.exchange.emplace(exchange_that_is_out());
    seen.http_status = response.status;
    seen.retry_after = wait;
    if (reply) {
        seen.error = reply->error.shown();
        seen.code = reply->code;
    }
    c.request_id = std::move(id);
    return c;
}

// --- init and begin: protocol.md, section 2 ---------------------------------------------------------------------------

flow::change flow::on_start_reply(detail::reply& reply, int status, seconds retry_after) const {
    const auto retry = [&](detail::request_error what) {
        what.text = without_secrets(what.text, &reply);
        return on_request_error(what, retry_after);
    };
    const bool busy = base::is_busy(status);
    // A gateway's error page is not the service's word: with 429 and 5xx only the words of RFC 8628 that end a flow decide.
    if (reply.error && (!busy || reply.error.is_known_end())) return end_with_service_error(reply);
    if (busy || base::is_redirect(status)) return retry(detail::status_error(status, &reply));
    const bool is_init = state_ == state::init_sent;
    const bool usable = is_init ? reply.supports_client_secret : !reply.device_code.empty();
    if (!usable && reply.code != 0) return retry(detail::platform_error(status, reply));
    return is_init ? on_init_reply(reply, status, retry_after) : on_begin_reply(reply, status, retry_after);
}

flow::change flow::on_init_reply(detail::reply& reply, int status, seconds retry_after) const {
    if (!reply.supports_client_secret) {
        auto end = end_with(failure_kind::other, error_code::unsupported_auth_method,
                            base::with_bad_status("the service does not offer the auth method client_secret", status));
        end.brought = exchange_result::incomplete;
        return end;
    }
    auto c = unchanged();
    c.brought = exchange_result::auth_methods;
    c.numbers.failures = 0;
    c.numbers.start_end = start_end_now();
    c.numbers.deadline = saturating_add(now_, retry_after);
    c.numbers.reason = wait_reason::retry_after;
    if (retry_after > 0s && c.numbers.deadline >= c.numbers.start_end) {
        auto end = end_with(
            failure_kind::other, error_code::http_error,
            "the service asks to wait " + std::to_string(retry_after.count()) + " s, longer than the start may take");
        end.brought = c.brought;
        end.stop = stop_reason::start_budget;
        return end;
    }
    c.to = retry_after > 0s ? state::begin_waiting : state::begin_due;
    return c;
}

flow::change flow::on_begin_reply(detail::reply& reply, int status, seconds retry_after) const {
    const auto refuse = [&](std::string_view why) {
        auto end = end_with(failure_kind::other, error_code::invalid_response, base::with_bad_status(why, status));
        end.brought = exchange_result::incomplete;
        return end;
    };
    if (reply.device_code.empty()) return refuse("the begin reply has no device_code");
    const detail::link_choice choice{settings_.link_style, settings_.link_brand};
    if (!detail::is_made_from_code(choice)) {
        if (reply.verification_uri_complete.empty()) return refuse("the begin reply has no verification_uri_complete");
        if (const auto fault = detail::check_address(reply.verification_uri_complete, settings_.loopback))
            return refuse("verification_uri_complete in the begin reply " + std::string{*fault});
    }
    const auto user_code = detail::truncated(reply.user_code);
    const auto link = detail::link_base(choice, {reply.verification_uri_complete, user_code});
    if (link.empty()) return refuse("the begin reply has no user_code, which the link of these options needs");
    const bool plain_uri = !detail::check_address(reply.verification_uri, settings_.loopback);

    auto c = unchanged();
    c.begin = change::begun{};  // clang does not take `emplace()` for a type with initialisers within an open class
    c.begin->link = detail::build_link(link, link_parameters_);
    c.begin->link_fingerprints = {base::fingerprint(reply.verification_uri_complete), base::fingerprint(c.begin->link)};
    if (!detail::check_address(reply.verification_uri_complete, settings_.loopback))
        c.begin->verification_uri_complete = std::move(reply.verification_uri_complete);
    c.begin->verification_uri = plain_uri ? base::ascii_only(reply.verification_uri) : std::string{};
    c.begin->user_code = user_code;
    c.begin->poll_body = detail::poll_body(reply.device_code);
    c.begin->device_code = std::move(reply.device_code);

    auto& p = c.numbers;
    p.failures = 0;
    p.interval = reply.interval.value_or(default_interval);
    p.lifetime = reply.lifetime;
    // The lifetime starts now, before any callback runs.
    p.expires_at = saturating_add(now_, reply.lifetime);
    p.last_poll_at = saturating_add(p.expires_at, -detail::head_start(reply.lifetime));

    c.brought = exchange_result::link;
    const auto wait = settings_.first_poll == first_poll::at_once ? 0s : polling_wait(p.interval, 0s);
    if (retry_after > wait) schedule_poll(c, retry_after, wait_reason::retry_after);
    else schedule_poll(c, wait, wait_reason::interval);
    return c;
}

flow::change flow::on_request_error(const detail::request_error& what, seconds retry_after) const {
    if (state_ == state::poll_sent) return on_poll_error(what, retry_after);

    auto text = base::redact(what.text, {});
    const unsigned failures = progress_.failures + 1;
    const auto give_up = [&](stop_reason why, const std::string& how) {
        auto end = end_with(failure_kind::other, what.code, text + how);
        end.brought = what.result;
        end.stop = why;
        return end;
    };
    if (!what.retryable) return give_up(stop_reason::answer, {});
    if (failures >= start_tries)
        return give_up(stop_reason::tries, "; given up after " + std::to_string(failures) + " tries");
    const auto backoff = start_backoff(failures);
    const auto wait = std::max(backoff, retry_after);
    const auto next = saturating_add(now_, wait);
    const auto end = start_end_now();
    if (next >= end)
        return give_up(stop_reason::start_budget, "; given up, since the next try in " + std::to_string(wait.count()) +
                                                      " s would be past the time for the start");
    auto c = unchanged();
    c.brought = what.result;
    c.numbers.reason = retry_after > backoff ? wait_reason::retry_after : wait_reason::backoff;
    c.to = state_ == state::init_sent ? state::init_waiting : state::begin_waiting;
    c.numbers.failures = failures;
    c.numbers.start_end = end;
    c.numbers.deadline = next;
    c.status = change::status_update{status::retrying, wait, std::move(text)};
    return c;
}

// --- time: protocol.md, section 4 --------------------------------------------------------------------------------------

flow::change flow::on_request_timeout() const {
    auto c = on_request_error(detail::timeout_error(progress_.timeout), 0s);
    c.abandons = true;
    c.exchange = exchange_that_is_out();
    c.exchange->failure = transport_failure_kind::timeout;
    return c;
}

flow::change flow::on_wait_over() const {
    auto c = unchanged();
    c.numbers.deadline = now_;
    switch (state_) {
    case state::init_waiting:
    case state::begin_waiting:
        c.to = state_ == state::init_waiting ? state::init_due : state::begin_due;
        c.numbers.start_end = start_end_now();
        break;
    case state::poll_waiting: c.to = state::poll_due; break;
    case state::expiring: expire(c); break;
    case state::init_due:
    case state::init_sent:
    case state::begin_due:
    case state::begin_sent:
    case state::poll_due:
    case state::poll_sent:
    case state::finished: break;
    }
    return c;
}

// --- ends --------------------------------------------------------------------------------------------------------------

flow::change flow::end_with_service_error(detail::reply& reply) const {
    const auto kind = detail::kind_of(reply.error.text());
    const bool known = kind != failure_kind::other;
    const auto code = known ? std::string{reply.error.text()} : without_secrets(reply.error.text(), &reply);
    auto description = without_secrets(reply.error_description, &reply);
    if (description.empty()) description = detail::default_description(code);
    auto c = end_with(kind, code, std::move(description));
    std::get<failure>(*c.result).local = false;
    c.brought = exchange_result::error;
    return c;
}

/// `text` without what this flow, or the reply that holds the text, must keep secret (protocol.md, section 7).
std::string flow::without_secrets(std::string_view text, const detail::reply* reply) const {
    if (reply == nullptr)
        return base::redact(text, {device_code_.reveal(), detail::code_in(poll_body_), user_code_}, base::text_cap,
                            link_fingerprints_);
    const secret escaped{base::percent_encode(reply->device_code.reveal())};
    return base::redact(
        text,
        {device_code_.reveal(), detail::code_in(poll_body_), user_code_, reply->device_code.reveal(), escaped.reveal(),
         reply->user_code, reply->verification_uri_complete, reply->client_secret.reveal()},
        base::text_cap, link_fingerprints_);
}

flow::change flow::end_with(failure_kind kind, std::string_view code, std::string description) const {
    auto c = unchanged();
    c.to = state::finished;
    c.result = failure{kind, std::string{code}, std::move(description), true, cause_};
    return c;
}

/// The caller's limit is over, and `c` is not an end itself: the flow ends instead (protocol.md, section 4).
void flow::give_up(change& c) const {
    const auto& cause = c.cause ? *c.cause : cause_;
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.give_up_after);
    auto end = end_with(failure_kind::other, error_code::timeout,
                        "given up after " + std::to_string(limit.count()) + " ms, as give_up_after asks");
    std::get<failure>(*end.result).cause = cause;
    end.abandons = c.abandons;
    end.exchange = c.exchange;
    end.request_id = std::move(c.request_id);
    end.brought = c.brought;
    end.stop = stop_reason::give_up;
    c = std::move(end);
}

void flow::expire(change& c) const {
    const auto& cause = c.cause ? *c.cause : cause_;
    const auto description =
        "the code expired after " + std::to_string(progress_.lifetime.count()) + " s without a decision";
    c.to = state::finished;
    c.stop = stop_reason::expired;
    c.result = failure{failure_kind::expired, std::string{error_code::expired_token}, description, true, cause};
}

}  // namespace lark::registration
