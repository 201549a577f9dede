// SPDX-License-Identifier: MIT
// The rules for the reply to a poll, or its failure: protocol.md, section 3, in its order there.
#include "registration/flow_rules.hpp"

#include "base/http.hpp"
#include "base/text.hpp"
#include "registration/link.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace lark::registration::detail {
namespace {

using std::chrono::seconds;
using namespace std::chrono_literals;

constexpr seconds slow_down_step = 5s;  // RFC 8628, 3.5
constexpr seconds longest_poll_backoff = 60s;
constexpr std::string_view no_fields = "{}";  // of `user_info`, as JSON

/// After n failures in a row; after none it is the interval itself.
seconds poll_backoff(unsigned n, seconds interval) noexcept {
    return std::min(interval * (seconds::rep{1} << std::min(n, 30u)), std::max(longest_poll_backoff, interval));
}

/// + 5 s, or the reply's own interval if that is larger; held from now on.
seconds slowed(seconds interval, const reply& reply) noexcept {
    return std::max(interval + slow_down_step, reply.interval.value_or(0s));
}

seconds in_seconds(duration d) noexcept { return std::max(std::chrono::ceil<seconds>(d), seconds{0}); }

bool is_client_error(int status) noexcept { return status >= 400 && status <= 499; }

/// Replaces `field` if the later reply says something. An empty text says nothing, unless nothing was said before.
void merge(std::optional<std::string>& field, const std::optional<std::string>& later) {
    if (later && (!later->empty() || !field)) field = std::string{truncated(*later)};
}

change go_on_at_lark(const flow_state& f, const reply& reply, seconds retry_after) {
    auto c = unchanged(f);
    c.exchange_result = exchange_result::lark_user;
    c.next.at_lark = true;
    c.next.failures = 0;
    if (reply.has_error()) c.last_error = std::string{};
    if (reply.is_slow_down()) c.next.interval = slowed(f.position.interval, reply);
    if (f.position.lifetime.part_of(f.now, f.position.request_deadline) == code_lifetime::part::before_last_poll) {
        schedule_poll(f, c, 0s, wait_reason::interval, retry_after);
    } else if (f.now < f.position.poll_limit) {
        // protocol.md, 4: a Lark switch in the last poll gets one more, at once and under the same limit.
        c.next.become_due(f.now);
    } else {
        expire(f, c);
        return c;
    }
    c.status = status_update{status::domain_switched, c.next.interval, {}};
    return c;
}

change end_keyless(const flow_state& f, const reply& reply) {
    constexpr std::size_t name_cap = 256;  // so that the advice is within the cap of the whole text
    std::string text = "the app ";
    text.append(base::cut(reply.client_id, name_cap)).append(" has no App Secret, its auth methods are: ");
    text.append(base::cut(reply.auth_methods, name_cap));
    text += "; register again with create_only, so that the page creates a new app";
    auto c = end_with(f, failure_kind::other, error_code::unsupported_auth_method, without_secrets(f, text, &reply));
    c.exchange_result = exchange_result::keyless;
    return c;
}

}  // namespace

std::shared_ptr<const user_info> merged_user(const flow_state& f, const std::optional<user_info>& later) {
    if (!later) return nullptr;
    auto merged = f.user ? *f.user : user_info{};
    merge(merged.open_id, later->open_id);
    merge(merged.tenant_brand, later->tenant_brand);
    if (merged.json.empty() || (!later->json.empty() && later->json != no_fields)) merged.json = later->json;
    if (f.user && merged == *f.user) return nullptr;
    return std::make_shared<const user_info>(std::move(merged));
}

change on_poll_reply(const flow_state& f, reply& reply, int status, seconds retry_after) {
    // 1. Complete credentials, whatever else the reply says.
    if (reply.has_credentials()) {
        auto c = unchanged(f);
        c.next.phase = phase::finished;
        c.exchange_result = exchange_result::credentials;
        const auto merged = merged_user(f, reply.user_info);
        const auto* user = merged ? merged.get() : f.user.get();
        c.result = app{std::move(reply.client_id), std::move(reply.client_secret),
                       user != nullptr ? std::optional{*user} : std::nullopt,
                       f.position.at_lark ? brand::lark : f.settings.issuer};
        return c;
    }

    // 2. The user is on Lark, and the polls are not sent there yet.
    const bool going_on = !reply.has_error() || reply.is_pending();
    if (reply.is_lark() && going_on && f.settings.switchable && !f.position.at_lark)
        return go_on_at_lark(f, reply, retry_after);

    const auto retry = [&](request_error what) {
        what.text = without_secrets(f, what.text, &reply);
        return on_poll_error(f, what, retry_after, false);
    };

    // 3. With 429 and 5xx only the words of RFC 8628 decide: anything else there may be a gateway's.
    const bool says_nothing = base::is_redirect(status) || base::is_busy(status);
    if (reply.has_error() ? !going_on && base::is_busy(status) && !reply.is_known_end() : says_nothing)
        return retry(status_error(status, &reply));  // 5.
    if (reply.has_error() && !going_on) return end_with_service_error(f, reply);

    // An app without a secret.
    if (!reply.has_error() && reply.is_keyless()) return end_keyless(f, reply);

    // 5. An error of the platform itself.
    if (!reply.has_error() && reply.code != 0 && is_client_error(status)) return retry(platform_error(status, reply));

    auto c = unchanged(f);
    c.next.failures = 0;
    if (reply.has_error()) c.last_error = std::string{};
    auto reason = wait_reason::interval;
    c.exchange_result = reply.has_error() ? exchange_result::pending : exchange_result::nothing;
    if (reply.is_slow_down()) {
        c.exchange_result = exchange_result::slow_down;
        c.next.interval = slowed(f.position.interval, reply);
        reason = wait_reason::slow_down;
    }
    schedule_poll(f, c, polling_wait(f, c.next.interval), reason, retry_after);
    if (reply.has_error() && c.next.sends_again())  // 4. has no status to report, and the last poll is silent
        c.status = status_update{reply.is_slow_down() ? status::slow_down : status::polling, c.next.interval, {}};
    return c;
}

/// 5. Back off and poll again, until the deadline.
change on_poll_error(const flow_state& f, const request_error& what, seconds retry_after, bool on_kept_connection) {
    auto c = unchanged(f);
    auto text = without_secrets(f, what.text);
    c.last_error = text;
    c.exchange_result = what.result;
    // A service that closes idle connections is not overloaded: such a poll is tried again after one interval.
    if (!on_kept_connection) ++c.next.failures;
    const auto interval = f.position.interval;
    const auto wait = std::max(polling_wait(f, interval), poll_backoff(c.next.failures, interval));
    schedule_poll(f, c, wait, c.next.failures > 0 ? wait_reason::backoff : wait_reason::interval, retry_after);
    if (c.next.sends_again())
        c.status = status_update{status::retrying, in_seconds(saturating_sub(c.next.wait_end, f.now)), std::move(text)};
    return c;
}

void schedule_poll(const flow_state& f, change& c, seconds wait, wait_reason reason, seconds retry_after) {
    if (retry_after > wait) {
        wait = retry_after;
        reason = wait_reason::retry_after;
    }
    auto& p = c.next;
    switch (p.lifetime.part_of(f.now, p.request_deadline)) {
    case code_lifetime::part::before_last_poll: p.wait_to_poll(f.now, saturating_add(f.now, wait), reason); break;
    case code_lifetime::part::last_poll: p.wait_to_expire(); break;
    case code_lifetime::part::over: expire(f, c); break;
    }
}

seconds polling_wait(const flow_state& f, seconds interval) {
    // Rounded up; the little is what a product such as 10 × 1.1 is off by in binary.
    constexpr double rounding_noise = 1e-9;
    const auto wide = std::ceil(static_cast<double>(interval.count()) * f.settings.interval_margin - rounding_noise);
    return seconds{static_cast<seconds::rep>(wide)};
}

}  // namespace lark::registration::detail
