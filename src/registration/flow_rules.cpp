// SPDX-License-Identifier: MIT
// The rules but for the replies to polls (poll_rules.cpp): protocol.md, sections 2 and 4, in their order there.
#include "registration/flow_rules.hpp"

#include "base/http.hpp"
#include "base/http_fields.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "registration/link.hpp"

#include <algorithm>
#include <utility>

namespace lark::registration::detail {
namespace {

using std::chrono::seconds;
using namespace std::chrono_literals;

constexpr unsigned start_tries = 3;
constexpr seconds default_interval = 5s;

// --- init and begin: protocol.md, section 2 --------------------------------------------------------------------------

change on_start_error(const flow_state& f, const request_error& what, seconds retry_after) {
    auto text = base::redact(what.text, {});
    auto c = unchanged(f);
    const auto next = c.next.fail(f.now, what.retryable, start_tries, retry_after);
    const auto wait = std::chrono::floor<seconds>(next.wait);
    if (next.stop == stop_reason::none) {
        c.next.phase = phase::waiting;
        c.next.reason = next.reason;
        c.exchange_result = what.result;
        c.status = status_update{status::retrying, wait, std::move(text)};
        return c;
    }
    if (next.stop == stop_reason::tries) text += base::given_up_after(c.next.failures);
    if (next.stop == stop_reason::start_budget)
        text += "; given up, since the next try in " + std::to_string(wait.count()) +
                " s would be past the time for the start";
    auto end = end_with(f, failure_kind::other, what.code, std::move(text));
    end.exchange_result = what.result;
    end.stop = next.stop;
    return end;
}

change on_init_reply(const flow_state& f, reply& reply, int status, seconds retry_after) {
    if (!reply.supports_client_secret) {
        auto end = end_with(f, failure_kind::other, error_code::unsupported_auth_method,
                            base::with_bad_status("the service does not offer the auth method client_secret", status));
        end.exchange_result = exchange_result::incomplete;
        return end;
    }
    auto c = unchanged(f);
    c.exchange_result = exchange_result::auth_methods;
    auto& p = c.next;
    p.step = exchange_step::begin;
    p.failures = 0;
    p.add_suspend(f.now, p.request_deadline);
    if (retry_after == 0s) {
        p.become_due(f.now);
        return c;
    }
    p.wait_until(saturating_add(f.now, retry_after), wait_reason::retry_after);
    if (p.wait_end < p.budget_end) return c;
    auto end = end_with(
        f, failure_kind::other, error_code::http_error,
        "the service asks to wait " + std::to_string(retry_after.count()) + " s, longer than the start may take");
    end.exchange_result = c.exchange_result;
    end.stop = stop_reason::start_budget;
    return end;
}

change on_begin_reply(const flow_state& f, reply& reply, int status, seconds retry_after) {
    const auto refuse = [&](std::string_view why) {
        auto end = end_with(f, failure_kind::other, error_code::invalid_response, base::with_bad_status(why, status));
        end.exchange_result = exchange_result::incomplete;
        return end;
    };
    if (reply.device_code.empty()) return refuse("the begin reply has no device_code");
    const link_choice choice{f.settings.link_style, f.settings.link_brand};
    if (!is_made_from_code(choice)) {
        if (reply.verification_uri_complete.empty()) return refuse("the begin reply has no verification_uri_complete");
        if (const auto fault = check_address(reply.verification_uri_complete, f.settings.loopback))
            return refuse("verification_uri_complete in the begin reply " + std::string{*fault});
    }
    const auto user_code = truncated(reply.user_code);
    const auto link = link_base(choice, {reply.verification_uri_complete, user_code});
    if (link.empty()) return refuse("the begin reply has no user_code, which the link of these options needs");
    const bool plain_uri = !check_address(reply.verification_uri, f.settings.loopback);

    auto c = unchanged(f);
    auto& grant = c.grant.emplace();
    const auto shown = build_link(link, f.link_parameters);
    const auto uri = plain_uri ? base::ascii_only(reply.verification_uri) : std::string{};
    grant.texts = grant_texts{{.link = shown,
                               .verification_uri_complete = reply.verification_uri_complete,
                               .verification_uri = uri,
                               .user_code = user_code}};
    grant.poll_body = poll_body(reply.device_code);

    auto& p = c.next;
    p.failures = 0;
    p.interval = reply.interval.value_or(default_interval);
    // The lifetime starts now, before any callback runs.
    p.lifetime = {reply.lifetime, saturating_add(f.now, reply.lifetime)};

    c.exchange_result = exchange_result::link;
    const auto wait = f.settings.first_poll == first_poll::at_once ? 0s : polling_wait(f, p.interval);
    schedule_poll(f, c, wait, wait_reason::interval, retry_after);
    return c;
}

change on_start_reply(const flow_state& f, reply& reply, int status, seconds retry_after) {
    const auto retry = [&](request_error what) {
        what.text = without_secrets(f, what.text, &reply);
        return on_start_error(f, what, retry_after);
    };
    const bool busy = base::is_busy(status);
    // A gateway's error page is not the service's word: with 429 and 5xx only the words of RFC 8628 that end a flow
    // decide.
    if (reply.has_error() && (!busy || reply.is_known_end())) return end_with_service_error(f, reply);
    if (busy || base::is_redirect(status)) return retry(status_error(status, &reply));
    const bool is_init = f.position.step == exchange_step::init;
    const bool usable = is_init ? reply.supports_client_secret : !reply.device_code.empty();
    if (!usable && reply.code != 0) return retry(platform_error(status, reply));
    return is_init ? on_init_reply(f, reply, status, retry_after) : on_begin_reply(f, reply, status, retry_after);
}

change on_request_error(const flow_state& f, const request_error& what, seconds retry_after,
                        bool on_kept_connection = false) {
    return f.is_polling() ? on_poll_error(f, what, retry_after, on_kept_connection)
                          : on_start_error(f, what, retry_after);
}

}  // namespace

change unchanged(const flow_state& f) { return {.next = f.position}; }

change on_failure(const flow_state& f, const transport_failure& failure) {
    const bool kept = failure.on_kept_connection && failure.kind == transport_failure_kind::cut;
    auto c = on_request_error(f, request_error_of(failure), 0s, kept);
    c.exchange = exchange_that_is_out(f);
    c.exchange->failure = failure.kind;
    c.exchange->on_kept_connection = kept;
    c.exchange->http_status = failure.http_status;
    return c;
}

change on_response(const flow_state& f, const http_response& response) {
    auto wait = base::retry_after(response.headers).value_or(0s);
    auto reply = response.body.size() > body_cap ? std::nullopt : read_reply(response.body);
    if (reply && is_rate_limited(*reply))
        wait = std::max(wait, std::chrono::ceil<seconds>(base::rate_limit_reset(response.headers).value_or(0s)));
    auto id = log_id_of_reply(f, response, reply ? &*reply : nullptr);  // before the reply's secrets are moved
    auto user = reply && f.is_polling() ? merged_user(f, reply->user_info) : nullptr;

    auto c = !reply           ? on_request_error(f, body_error(response), wait)
             : f.is_polling() ? on_poll_reply(f, *reply, response.status, wait)
                              : on_start_reply(f, *reply, response.status, wait);
    if (!c.is_end()) c.user = std::move(user);
    auto& seen = c.exchange.emplace(exchange_that_is_out(f));
    seen.http_status = response.status;
    seen.retry_after = wait;
    if (reply) {
        seen.error = shown_error(reply->error);
        seen.code = reply->code;
    }
    c.last_log_id = std::move(id);
    return c;
}

// --- time: protocol.md, section 4 ------------------------------------------------------------------------------------

change on_request_timeout(const flow_state& f) {
    auto c = on_failure(f, base::timeout_failure(f.position.timeout));
    c.next.abandon();
    c.exchange_result = exchange_result::timeout;
    return c;
}

change on_wait_over(const flow_state& f) {
    auto c = unchanged(f);
    if (f.position.phase == phase::expiring) {
        expire(f, c);
        return c;
    }
    c.next.become_due(f.now);
    if (!f.is_polling()) c.next.add_suspend(f.now, c.next.wait_end);
    return c;
}

// --- ends ------------------------------------------------------------------------------------------------------------

change end_with_service_error(const flow_state& f, reply& reply) {
    const auto kind = kind_of(reply.error);
    const bool known = kind != failure_kind::other;
    const auto code = known ? reply.error : without_secrets(f, reply.error, &reply);
    auto description = without_secrets(f, reply.error_description, &reply);
    if (description.empty()) description = default_description(code);
    auto c = end_with(f, kind, code, std::move(description));
    std::get<failure>(*c.result).local = false;
    c.exchange_result = exchange_result::error;
    return c;
}

std::string without_secrets(const flow_state& f, std::string_view text, const reply* reply) {
    const auto texts = f.grant.texts.get();
    const auto device_code = device_code_in(f.grant.poll_body);
    if (reply == nullptr)
        return base::redact(text, {device_code.reveal(), escaped_code_in(f.grant.poll_body), texts.user_code,
                                   texts.link, texts.verification_uri_complete});
    const secret escaped{base::percent_encode(reply->device_code.reveal())};
    return base::redact(text, {device_code.reveal(), escaped_code_in(f.grant.poll_body), texts.user_code, texts.link,
                               texts.verification_uri_complete, reply->device_code.reveal(), escaped.reveal(),
                               reply->user_code, reply->verification_uri_complete, reply->client_secret.reveal()});
}

change end_with(const flow_state& f, failure_kind kind, std::string_view code, std::string description) {
    auto c = unchanged(f);
    c.next.phase = phase::finished;
    c.result = failure{kind, std::string{code}, std::move(description), true, f.last_error};
    return c;
}

void give_up(const flow_state& f, change& c) {
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(f.settings.give_up_after);
    auto end = end_with(f, failure_kind::other, error_code::timeout,
                        "given up after " + std::to_string(limit.count()) + " ms, as give_up_after asks");
    if (c.last_error) std::get<failure>(*end.result).last_error = *c.last_error;
    end.next.abandoned = c.next.abandoned;
    end.exchange = c.exchange;
    end.last_log_id = std::move(c.last_log_id);
    end.exchange_result = c.exchange_result;
    end.stop = stop_reason::give_up;
    c = std::move(end);
}

void expire(const flow_state& f, change& c) {
    c.next.phase = phase::finished;
    c.stop = stop_reason::expired;
    c.result =
        failure{failure_kind::expired, std::string{error_code::expired_token},
                "the code expired after " + std::to_string(c.next.lifetime.length().count()) + " s without a decision",
                true, c.last_error ? *c.last_error : f.last_error};
}

}  // namespace lark::registration::detail
