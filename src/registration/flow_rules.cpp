// What each input does to a flow: the rules of protocol.md, sections 2 to 4, in the order in which they are written there.
// Every function here reads the flow and returns the change; none touches anything.
#include <lark/registration/flow.hpp>

#include "base/http_status.hpp"
#include "base/limits.hpp"
#include "base/redact.hpp"
#include "base/retry_after.hpp"
#include "base/url.hpp"
#include "base/utf8.hpp"
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
constexpr seconds slow_down_step = 5s;  // RFC 8628, 3.5
constexpr seconds longest_poll_backoff = 60s;

/// The n-th failure in a row, n from 1 (protocol.md, 3; for init and begin 2).
seconds start_backoff(unsigned n) noexcept { return seconds{seconds::rep{1} << std::min(n - 1, 30u)}; }
seconds poll_backoff(unsigned n, seconds interval) noexcept {
    return std::min(interval * (seconds::rep{1} << std::min(n, 30u)), std::max(longest_poll_backoff, interval));
}

/// protocol.md, 3: + 5 s, or the reply's own interval if that is larger; held from now on.
seconds slowed(seconds interval, const detail::reply& reply) noexcept {
    return std::max(interval + slow_down_step, reply.interval.value_or(0s));
}

seconds in_seconds(duration d) noexcept { return std::max(std::chrono::ceil<seconds>(d), seconds{0}); }

}  // namespace

flow::change flow::unchanged() const { return {state_, progress_}; }

/// What passed beyond a deadline passed while nobody looked (a suspend): it is not taken off the time for the start.
time_point flow::start_end_now() const noexcept {
    return saturating_add(progress_.start_end, std::max(saturating_sub(now_, progress_.deadline), duration{0}));
}

flow::change flow::on_failure(const transport_failure& failure) const {
    return on_request_error(detail::request_error_of(failure), 0s);
}

flow::change flow::on_response(const http_response& response) const {
    const auto wait = base::retry_after(response.headers).value_or(0s);
    if (response.body.size() > detail::body_cap) return on_request_error(detail::body_error(response), wait);
    const bool is_poll = state_ == state::poll_sent;
    auto reply = detail::read_reply(response.body, is_poll ? detail::descriptions::of_ends : detail::descriptions::all);
    if (!reply) return on_request_error(detail::body_error(response), wait);
    if (is_poll) return on_poll_reply(*reply, response.status, wait);

    // protocol.md, 2: an `error` decides first, whatever the status.
    if (reply->error) return end_with_service_error(*reply);
    if (base::is_redirect(response.status) || base::is_busy(response.status))
        return on_request_error(detail::status_error(response.status), wait);
    if (state_ == state::init_sent) return on_init_reply(*reply, response.status, wait);
    return on_begin_reply(*reply, response.status, wait);
}

// --- init and begin: protocol.md, section 2 ---------------------------------------------------------------------------

flow::change flow::on_init_reply(detail::reply& reply, int status, seconds retry_after) const {
    if (!reply.supports_client_secret)
        return end_with(failure_kind::other, error_code::unsupported_auth_method,
                        base::with_bad_status("the service does not offer the auth method client_secret", status));
    auto c = unchanged();
    c.numbers.failures = 0;
    c.numbers.start_end = start_end_now();
    c.numbers.deadline = saturating_add(now_, retry_after);
    if (retry_after > 0s && c.numbers.deadline >= c.numbers.start_end)
        return end_with(
            failure_kind::other, error_code::http_error,
            "the service asks to wait " + std::to_string(retry_after.count()) + " s, longer than the start may take");
    c.to = retry_after > 0s ? state::begin_waiting : state::begin_due;
    return c;
}

flow::change flow::on_begin_reply(detail::reply& reply, int status, seconds retry_after) const {
    const auto refuse = [&](std::string_view why) {
        return end_with(failure_kind::other, error_code::invalid_response, base::with_bad_status(why, status));
    };
    if (reply.device_code.empty()) return refuse("the begin reply has no device_code");
    if (reply.verification_uri_complete.empty()) return refuse("the begin reply has no verification_uri_complete");
    if (const auto fault = detail::check_address(reply.verification_uri_complete, settings_.loopback))
        return refuse("verification_uri_complete in the begin reply " + std::string{*fault});
    const auto user_code = detail::truncated(reply.user_code);
    const auto link =
        detail::link_base(settings_.link_style, settings_.link_brand, {reply.verification_uri_complete, user_code});
    if (link.empty()) return refuse("the begin reply has no user_code, which the link style cli_page needs");
    const bool plain_uri = !detail::check_address(reply.verification_uri, settings_.loopback);

    auto c = unchanged();
    c.begin = change::begun{};  // clang does not take `emplace()` for a type with initialisers within an open class
    c.begin->link = detail::build_link(link, link_parameters_);
    c.begin->link_fingerprints = {base::fingerprint(reply.verification_uri_complete), base::fingerprint(c.begin->link)};
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

    const bool at_once = settings_.first_poll == first_poll::at_once;
    schedule_poll(c, at_once ? retry_after : polling_wait(p.interval, retry_after));
    return c;
}

flow::change flow::on_request_error(const detail::request_error& what, seconds retry_after) const {
    if (state_ == state::poll_sent) return on_poll_error(what, retry_after);

    auto text = base::redact(what.text, {});
    const unsigned failures = progress_.failures + 1;
    if (!what.retryable) return end_with(failure_kind::other, what.code, std::move(text));
    if (failures >= start_tries)
        return end_with(failure_kind::other, what.code,
                        std::move(text) + "; given up after " + std::to_string(failures) + " tries");
    const auto wait = std::max(start_backoff(failures), retry_after);
    const auto next = saturating_add(now_, wait);
    const auto end = start_end_now();
    if (next >= end)
        return end_with(failure_kind::other, what.code,
                        std::move(text) + "; given up, since the next try in " + std::to_string(wait.count()) +
                            " s would be past the time for the start");
    auto c = unchanged();
    c.to = state_ == state::init_sent ? state::init_waiting : state::begin_waiting;
    c.numbers.failures = failures;
    c.numbers.start_end = end;
    c.numbers.deadline = next;
    c.status = change::status_update{status::retrying, wait, std::move(text)};
    return c;
}

// --- poll: protocol.md, section 3 --------------------------------------------------------------------------------------

flow::change flow::on_poll_reply(detail::reply& reply, int status, seconds retry_after) const {
    // 1. Complete credentials, whatever else the reply says.
    if (reply.has_credentials()) {
        auto c = unchanged();
        c.to = state::finished;
        if (reply.user_info) {
            for (auto* text : {&reply.user_info->open_id, &reply.user_info->tenant_brand})
                if (*text) **text = std::string{detail::truncated(**text)};
        }
        c.result = app{std::move(reply.client_id), std::move(reply.client_secret), std::move(reply.user_info)};
        return c;
    }

    // 2. The user is on Lark, and the polls do not go there yet.
    const bool going_on = !reply.error || reply.error.goes_on();
    if (reply.is_lark() && going_on && settings_.switchable && !progress_.at_lark)
        return go_on_at_lark(reply, retry_after);

    // 3. The service's word.
    if (reply.error && !going_on) return end_with_service_error(reply);
    if (!reply.error && (base::is_redirect(status) || base::is_busy(status)))
        return on_poll_error(detail::status_error(status), retry_after);  // 5.

    auto c = unchanged();
    c.numbers.failures = 0;
    if (reply.error) c.cause = std::string{};
    if (reply.error.is_slow_down()) c.numbers.interval = slowed(progress_.interval, reply);
    const bool last = now_ >= progress_.last_poll_at;
    if (reply.error && !last)  // 4. has no status to tell, and the last poll is silent
        c.status = change::status_update{
            reply.error.is_slow_down() ? status::slow_down : status::polling, c.numbers.interval, {}};
    schedule_poll(c, polling_wait(c.numbers.interval, retry_after));
    return c;
}

flow::change flow::go_on_at_lark(detail::reply& reply, seconds retry_after) const {
    auto c = unchanged();
    c.numbers.at_lark = true;
    c.numbers.failures = 0;
    if (reply.error) c.cause = std::string{};
    if (reply.error.is_slow_down()) c.numbers.interval = slowed(progress_.interval, reply);
    if (now_ >= progress_.last_poll_at) {
        // protocol.md, 4: a Lark switch in the last poll gets one more, at once and under the same limit.
        if (now_ >= progress_.poll_limit) {
            expire(c);
            return c;
        }
        c.to = state::poll_due;
        c.numbers.deadline = now_;
    } else {
        schedule_poll(c, retry_after);
    }
    c.status = change::status_update{status::domain_switched, c.numbers.interval, {}};
    return c;
}

/// 5. Back off and poll again, until the deadline.
flow::change flow::on_poll_error(const detail::request_error& what, seconds retry_after) const {
    auto c = unchanged();
    auto text = base::redact(what.text, {device_code_.reveal(), detail::code_in(poll_body_), user_code_},
                             base::text_cap, link_fingerprints_);
    c.cause = text;
    c.numbers.failures = progress_.failures + 1;
    const auto wait =
        std::max(polling_wait(progress_.interval, retry_after), poll_backoff(c.numbers.failures, progress_.interval));

    if (now_ >= progress_.last_poll_at) {
        // A request whose time ended before L was not the last poll; the flow was only told of it late (a suspend), and the
        // last poll is still owed. Else: silence.
        const bool owed = progress_.deadline < progress_.last_poll_at;
        if (!owed) {
            schedule_poll(c, wait);
            return c;
        }
        c.to = state::poll_due;
        c.numbers.deadline = now_;
        c.numbers.poll_limit = time_point::max();
    } else {
        schedule_poll(c, wait);
    }
    c.status =
        change::status_update{status::retrying, in_seconds(saturating_sub(c.numbers.deadline, now_)), std::move(text)};
    return c;
}

/// Waits, and polls then: `wait` from now, but no later than L. At or after L that poll has been, and there is silence.
void flow::schedule_poll(change& c, seconds wait) const {
    auto& p = c.numbers;
    p.poll_limit = time_point::max();
    if (now_ >= p.last_poll_at) {
        if (now_ >= p.expires_at) return expire(c);
        c.to = state::expiring;
        p.deadline = p.expires_at;
        return;
    }
    p.deadline = std::min(saturating_add(now_, wait), p.last_poll_at);
    c.to = wait > 0s ? state::poll_waiting : state::poll_due;
}

seconds flow::polling_wait(seconds interval, seconds retry_after) const {
    // Whole seconds, rounded up; the little is what a product such as 10 × 1.1 is off by in binary.
    constexpr double rounding_noise = 1e-9;
    const auto wide = std::ceil(static_cast<double>(interval.count()) * settings_.interval_margin - rounding_noise);
    return std::max(seconds{static_cast<seconds::rep>(wide)}, retry_after);
}

// --- time: protocol.md, section 4 --------------------------------------------------------------------------------------

flow::change flow::on_request_timeout() const {
    auto c = on_request_error(detail::timeout_error(progress_.timeout), 0s);
    c.abandons = true;
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
    const secret escaped{base::percent_encode(reply.device_code.reveal())};
    const auto clean = [&](std::string_view text) {
        return base::redact(
            text,
            {device_code_.reveal(), detail::code_in(poll_body_), user_code_, reply.device_code.reveal(),
             escaped.reveal(), reply.user_code, reply.verification_uri_complete, reply.client_secret.reveal()},
            base::text_cap, link_fingerprints_);
    };
    const auto kind = detail::kind_of(reply.error.text());
    const bool known = kind != failure_kind::other;
    const auto code = known ? std::string{reply.error.text()} : clean(reply.error.text());
    auto description = clean(reply.error_description);
    if (description.empty()) description = detail::default_description(code);
    auto c = end_with(kind, code, std::move(description));
    auto& why = std::get<failure>(*c.result);
    why.local = false;
    if (known) why.cause.clear();  // a known error clears the last trouble
    return c;
}

flow::change flow::end_with(failure_kind kind, std::string_view code, std::string description) const {
    auto c = unchanged();
    c.to = state::finished;
    c.result = failure{kind, std::string{code}, std::move(description), true, cause_};
    return c;
}

void flow::expire(change& c) const {
    const auto& cause = c.cause ? *c.cause : cause_;
    auto description = "the code expired after " + std::to_string(progress_.lifetime.count()) + " s without a decision";
    if (!cause.empty()) description += "; last trouble: " + cause;
    c.to = state::finished;
    c.result =
        failure{failure_kind::expired, std::string{error_code::expired_token}, std::move(description), true, cause};
}

}  // namespace lark::registration
