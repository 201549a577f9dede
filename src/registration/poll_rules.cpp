// SPDX-License-Identifier: MIT
// The effect of the reply to a poll, or of its failure, on a flow: protocol.md, section 3, in its order there.
// Every function reads the flow and returns the change; none changes anything.
#include <lark/registration/flow.hpp>

#include "base/http.hpp"
#include "base/text.hpp"
#include "registration/flow_change.hpp"
#include "registration/link.hpp"
#include "registration/reply.hpp"
#include "registration/request_error.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace lark::registration {
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
seconds slowed(seconds interval, const detail::reply& reply) noexcept {
    return std::max(interval + slow_down_step, reply.interval.value_or(0s));
}

seconds in_seconds(duration d) noexcept { return std::max(std::chrono::ceil<seconds>(d), seconds{0}); }

bool is_client_error(int status) noexcept { return status >= 400 && status <= 499; }

/// Replaces `field` if the later reply says something. An empty text says nothing, unless nothing was said before.
void merge(std::optional<std::string>& field, const std::optional<std::string>& later) {
    if (later && (!later->empty() || !field)) field = std::string{detail::truncated(*later)};
}

}  // namespace

/// The facts about the user, this reply included. Null if the reply adds nothing.
std::shared_ptr<const user_info> flow::merged_user(const std::optional<user_info>& later) const {
    if (!later) return nullptr;
    auto merged = user_ ? *user_ : user_info{};
    merge(merged.open_id, later->open_id);
    merge(merged.tenant_brand, later->tenant_brand);
    if (merged.json.empty() || (!later->json.empty() && later->json != no_fields)) merged.json = later->json;
    if (user_ && merged == *user_) return nullptr;
    return std::make_shared<const user_info>(std::move(merged));
}

flow::change flow::on_poll_reply(detail::reply& reply, int status, seconds retry_after) const {
    // 1. Complete credentials, whatever else the reply says.
    if (reply.has_credentials()) {
        auto c = unchanged();
        c.to = state::finished;
        c.brought = exchange_result::credentials;
        const auto merged = merged_user(reply.user_info);
        const auto* user = merged ? merged.get() : user_.get();
        c.result = app{std::move(reply.client_id), std::move(reply.client_secret),
                       user != nullptr ? std::optional{*user} : std::nullopt,
                       progress_.at_lark ? brand::lark : settings_.issuer};
        return c;
    }

    // 2. The user is on Lark, and the polls do not go there yet.
    const bool going_on = !reply.error || reply.error.goes_on();
    if (reply.is_lark() && going_on && settings_.switchable && !progress_.at_lark)
        return go_on_at_lark(reply, retry_after);

    const auto retry = [&](detail::request_error what) {
        what.text = without_secrets(what.text, &reply);
        return on_poll_error(what, retry_after);
    };

    // 3. With 429 and 5xx only the words of RFC 8628 decide: anything else there may be a gateway's.
    const bool says_nothing = base::is_redirect(status) || base::is_busy(status);
    if (reply.error ? !going_on && base::is_busy(status) && !reply.error.is_known_end() : says_nothing)
        return retry(detail::status_error(status, &reply));  // 5.
    if (reply.error && !going_on) return end_with_service_error(reply);

    // An app without a secret.
    if (!reply.error && reply.is_keyless()) return end_keyless(reply);

    // 5. An error of the platform itself.
    if (!reply.error && reply.code != 0 && is_client_error(status)) return retry(detail::platform_error(status, reply));

    auto c = unchanged();
    c.numbers.failures = 0;
    if (reply.error) c.cause = std::string{};
    auto reason = wait_reason::interval;
    c.brought = reply.error ? exchange_result::pending : exchange_result::nothing;
    if (reply.error.is_slow_down()) {
        c.brought = exchange_result::slow_down;
        c.numbers.interval = slowed(progress_.interval, reply);
        reason = wait_reason::slow_down;
    }
    if (reply.error && !is_last_poll())  // 4. has no status to report, and the last poll is silent
        c.status = change::status_update{
            reply.error.is_slow_down() ? status::slow_down : status::polling, c.numbers.interval, {}};
    const auto wait = polling_wait(c.numbers.interval, 0s);
    if (retry_after > wait) schedule_poll(c, retry_after, wait_reason::retry_after);
    else schedule_poll(c, wait, reason);
    return c;
}

flow::change flow::go_on_at_lark(detail::reply& reply, seconds retry_after) const {
    auto c = unchanged();
    c.brought = exchange_result::lark_user;
    c.numbers.at_lark = true;
    c.numbers.failures = 0;
    if (reply.error) c.cause = std::string{};
    if (reply.error.is_slow_down()) c.numbers.interval = slowed(progress_.interval, reply);
    if (is_last_poll()) {
        // protocol.md, 4: a Lark switch in the last poll gets one more, at once and under the same limit.
        if (now_ >= progress_.poll_limit) {
            expire(c);
            return c;
        }
        c.to = state::poll_due;
        c.numbers.deadline = now_;
    } else {
        schedule_poll(c, retry_after, wait_reason::retry_after);
    }
    c.status = change::status_update{status::domain_switched, c.numbers.interval, {}};
    return c;
}

flow::change flow::end_keyless(const detail::reply& reply) const {
    constexpr std::size_t name_cap = 256;  // so that the advice is within the cap of the whole text
    std::string text = "the app ";
    text.append(base::cut(reply.client_id, name_cap)).append(" has no App Secret, its auth methods are: ");
    text.append(base::cut(reply.auth_methods, name_cap));
    text += "; register again with create_only, so that the page creates a new app";
    auto c = end_with(failure_kind::other, error_code::unsupported_auth_method, without_secrets(text, &reply));
    c.brought = exchange_result::keyless;
    return c;
}

/// 5. Back off and poll again, until the deadline.
flow::change flow::on_poll_error(const detail::request_error& what, seconds retry_after,
                                 bool on_kept_connection) const {
    auto c = unchanged();
    auto text = without_secrets(what.text);
    c.cause = text;
    c.brought = what.result;
    // A service that closes idle connections is not overloaded: such a poll is tried again after one interval.
    if (!on_kept_connection) ++c.numbers.failures;
    const auto wait =
        std::max(polling_wait(progress_.interval, 0s), poll_backoff(c.numbers.failures, progress_.interval));
    if (retry_after > wait) schedule_poll(c, retry_after, wait_reason::retry_after);
    else schedule_poll(c, wait, c.numbers.failures > 0 ? wait_reason::backoff : wait_reason::interval);
    if (!is_last_poll())
        c.status = change::status_update{status::retrying, in_seconds(saturating_sub(c.numbers.deadline, now_)),
                                         std::move(text)};
    return c;
}

/// True if what is handled now belongs to the last poll: it is handled at L or later, and its time was not over before L. A
/// poll whose time ended before L was not the last one, however late its end is reported (a suspend).
bool flow::is_last_poll() const noexcept {
    return now_ >= progress_.last_poll_at && progress_.deadline >= progress_.last_poll_at;
}

/// Waits, and polls then: `wait` from now, but no later than L. After the last poll there is silence.
void flow::schedule_poll(change& c, seconds wait, wait_reason reason) const {
    auto& p = c.numbers;
    p.poll_limit = time_point::max();
    if (now_ >= p.last_poll_at) {
        if (is_last_poll()) {
            if (now_ >= p.expires_at) return expire(c);
            c.to = state::expiring;
            p.deadline = p.expires_at;
            p.reason = wait_reason::expiry;
        } else {
            c.to = state::poll_due;  // the last poll is still owed
            p.deadline = now_;
        }
        return;
    }
    const auto next = saturating_add(now_, wait);
    p.deadline = std::min(next, p.last_poll_at);
    p.reason = next > p.last_poll_at ? wait_reason::last_poll : reason;
    c.to = wait > 0s ? state::poll_waiting : state::poll_due;
}

seconds flow::polling_wait(seconds interval, seconds retry_after) const {
    // Whole seconds, rounded up; the little is what a product such as 10 × 1.1 is off by in binary.
    constexpr double rounding_noise = 1e-9;
    const auto wide = std::ceil(static_cast<double>(interval.count()) * settings_.interval_margin - rounding_noise);
    return std::max(seconds{static_cast<seconds::rep>(wide)}, retry_after);
}

}  // namespace lark::registration
