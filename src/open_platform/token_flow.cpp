// SPDX-License-Identifier: MIT
// The driver's side of a token flow: waiters, requests and inputs. The effect of an input is computed in
// token_rules.cpp.
#include <lark/open_platform/token_flow.hpp>

#include "base/json_text.hpp"
#include "base/option_errors.hpp"
#include "base/redact.hpp"
#include "base/tries.hpp"
#include "open_platform/settings.hpp"
#include "open_platform/token_change.hpp"
#include "open_platform/trace.hpp"

#include <algorithm>
#include <utility>

namespace lark::open_platform {
namespace {

constexpr std::string_view token_path = "/open-apis/auth/v3/tenant_access_token/internal";
constexpr std::string_view assertion_path = "/oauth/v3/token";
constexpr std::int64_t empty_assertion = 7101;  // the codes of the official SDKs
constexpr std::int64_t no_assertion = 7102;

/// For refreshing a token that is valid for longer: the call that started the refresh waits for it.
constexpr duration refresh_timeout = std::chrono::seconds{5};

void check(const std::string& app_id, const secret* app_secret) {
    base::option_errors wrong;
    if (const auto fault = base::check_text(app_id, base::text_rule::one_line)) wrong.add("app_id", *fault);
    if (app_secret != nullptr)
        if (const auto fault = base::check_text(app_secret->reveal(), base::text_rule::one_line))
            wrong.add("app_secret", *fault);
    wrong.throw_if_any();
}

/// A JSON object in one buffer, so that no freed memory holds a secret. `first` and `second` are what stands before the texts.
secret object_of(std::string_view first, std::string_view text, std::string_view second, const secret& hidden) {
    std::string body;
    body.reserve(first.size() + base::most_quoted(text) + second.size() + base::most_quoted(hidden.reveal()) + 1);
    body += first;
    base::append_quoted(body, text);
    body += second;
    base::append_quoted(body, hidden.reveal());
    body += '}';
    return secret{std::move(body)};
}

secret body_of(const std::string& app_id, const secret& app_secret) {
    return object_of("{\"app_id\":", app_id, ",\"app_secret\":", app_secret);
}

/// protocol.md, section 6.
secret assertion_body_of(const std::string& app_id, const secret& assertion) {
    return object_of(
        "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\",\"client_assertion_type\":"
        "\"urn:ietf:params:oauth:client-assertion-type:jwt-bearer\",\"client_id\":",
        app_id, ",\"client_assertion\":", assertion);
}

/// The App Secret as it stands in the body, without the quotes: a text that quotes the body holds it in this form.
secret quoted(const secret& app_secret) {
    std::string text;
    text.reserve(base::most_quoted(app_secret.reveal()));
    base::append_quoted(text, app_secret.reveal());
    text.pop_back();
    text.erase(0, 1);
    return secret{std::move(text)};
}

}  // namespace

token_flow::token_flow(const std::string& app_id, secret app_secret, const client_options& options) {
    const bool has_secret = !options.credentials_provider;
    check(app_id, has_secret ? &app_secret : nullptr);
    settings_.url = detail::checked_base_url(options).append(token_path);
    if (has_secret) {
        settings_.body = body_of(app_id, app_secret);
        settings_.quoted_app_secret = quoted(app_secret);
        settings_.app_secret = std::move(app_secret);
    } else {
        const auto accounts = detail::accounts_url_of(options);
        settings_.url = accounts + std::string{assertion_path};
        settings_.app_id = app_id;
        settings_.audience = detail::audience_of(accounts);
    }
    settings_.request_timeout = options.request_timeout;
    settings_.budget = options.token_budget;
    settings_.refresh_before = options.refresh_before;
}

waiter_id token_flow::ask(time_point now) {
    advance(now);
    const waiter_id who{last_waiter_ + 1};
    if (!has_valid_token() || (wants_refresh() && state_ == state::idle)) {
        waiting_.push_back(who);
        fetch_if_idle();
    } else if (!answers_.empty() && answers_.back().what == verdict{token_}) {
        answers_.back().who.push_back(who);
    } else {
        answers_.push_back({.what = token_, .who = {who}});
    }
    ++last_waiter_;
    return who;
}

void token_flow::fetch_if_idle() noexcept {
    if (state_ != state::idle) return;
    state_ = state::due;
    due_since_ = now_;
    failures_ = 0;
    signed_ = false;
    budget_end_ = time_point::max();
}

void token_flow::drop(waiter_id who) {
    std::erase(waiting_, who);
    for (auto& a : answers_) {
        const auto undelivered = a.who.begin() + static_cast<std::ptrdiff_t>(a.delivered);
        a.who.erase(std::remove(undelivered, a.who.end(), who), a.who.end());
    }
    std::erase_if(answers_, [](const answer& a) { return a.delivered == a.who.size(); });
    const bool not_out = state_ == state::due || state_ == state::waiting;
    if (waiting_.empty() && not_out) state_ = state::idle;
}

void token_flow::reject(token_id id) noexcept {
    if (token_ && token_->id == id) token_.reset();
}

token_output token_flow::poll_output(time_point now) {
    advance(now);
    take_refused_out_of_the_queue();
    if (!answers_.empty()) {
        auto& next = answers_.front();
        const auto who = next.who[next.delivered++];
        told_ = next.what;
        if (next.delivered == next.who.size()) answers_.pop_front();
        if (const auto* granted = std::get_if<std::shared_ptr<const token>>(&told_))
            return token_granted{who, (*granted)->id, (*granted)->text.reveal(), (*granted)->expires_at};
        return token_refused{who, std::get<std::shared_ptr<const api_failure>>(told_).get()};
    }
    if (abandoned_ != request_id{}) return abandon_request{std::exchange(abandoned_, request_id{})};

    switch (state_) {
    case state::due: return hand_out();
    case state::signing:
    case state::sent:
    case state::waiting: return wait_until{deadline_};
    case state::idle: break;
    }
    return idle{};
}

bool token_flow::wants_to_send() const noexcept {
    if (abandoned_ != request_id{}) return false;
    if (!std::all_of(answers_.begin(), answers_.end(), [this](const answer& a) { return is_refused(a); })) return false;
    return state_ == state::due || (state_ == state::idle && !answers_.empty());
}

bool token_flow::is_refused(const answer& a) const noexcept {
    const auto* granted = std::get_if<std::shared_ptr<const token>>(&a.what);
    return granted != nullptr && *granted != token_;
}

/// A queued token other than the kept one has been rejected: its waiters wait again.
void token_flow::take_refused_out_of_the_queue() {
    while (!answers_.empty() && is_refused(answers_.front())) {
        const auto& who = answers_.front().who;
        waiting_.insert(waiting_.end(), who.begin() + static_cast<std::ptrdiff_t>(answers_.front().delivered),
                        who.end());
        answers_.pop_front();
        fetch_if_idle();
    }
}

/// The time that a request, or the assertion for it, may take from now on.
duration token_flow::start_request() noexcept {
    budget_end_ = base::budget_end_at_hand_out(budget_end_, now_, due_since_, settings_.budget);
    auto timeout = base::timeout_within(settings_.request_timeout, saturating_sub(budget_end_, now_));
    if (has_valid_token() && saturating_sub(token_->expires_at, now_) > refresh_timeout)
        timeout = std::min(timeout, refresh_timeout);
    sent_at_ = now_;
    deadline_ = saturating_add(now_, timeout);
    return timeout;
}

token_output token_flow::hand_out() noexcept {
    const auto timeout = start_request();
    const request_id id{++last_request_};
    if (!settings_.audience.empty() && !std::exchange(signed_, false)) {
        state_ = state::signing;
        return need_assertion{id, settings_.audience};
    }
    state_ = state::sent;
    return send_token_request{id, settings_.url, settings_.body.reveal(), timeout};
}

accepted token_flow::handle_assertion(request_id id, time_point now, secret assertion) {
    if (state_ != state::signing || !is_outstanding(id)) return accepted::stale;
    advance(now);
    if (assertion.empty()) {
        end_unsigned(empty_assertion, "the client assertion is empty");
        return accepted::yes;
    }
    auto body = assertion_body_of(settings_.app_id, assertion);
    auto form = quoted(assertion);
    settings_.body = std::move(body);
    settings_.quoted_app_secret = std::move(form);
    settings_.app_secret = std::move(assertion);
    signed_ = true;
    due_again();
    return accepted::yes;
}

accepted token_flow::handle_no_assertion(request_id id, time_point now, std::string_view why) {
    if (state_ != state::signing || !is_outstanding(id)) return accepted::stale;
    advance(now);
    end_unsigned(no_assertion, "there is no client assertion: " + base::redact(why, {}));
    return accepted::yes;
}

/// The fetch failed before anything was sent.
void token_flow::end_unsigned(std::int64_t code, std::string why) {
    auto c = on_request_error({.kind = api_failure_kind::refused, .code = code, .message = std::move(why)}, false, {});
    c.trace.reset();  // nothing was exchanged
    apply(std::move(c));
}

accepted token_flow::handle_response(request_id id, time_point now, const http_response& response) {
    if (state_ != state::sent || !is_outstanding(id)) return accepted::stale;
    advance(now);
    take(on_response(response));
    return accepted::yes;
}

accepted token_flow::handle_failure(request_id id, time_point now, const transport_failure& failure) {
    if (state_ != state::sent || !is_outstanding(id)) return accepted::stale;
    advance(now);
    take(on_failure(failure));
    return accepted::yes;
}

accepted token_flow::handle_interrupted(request_id id, time_point now) noexcept {
    if (!is_outstanding(id)) return accepted::stale;
    advance(now);
    due_again();
    return accepted::yes;
}

/// Nothing is out any more, and the request is to be handed out if there are waiters.
void token_flow::due_again() noexcept {
    budget_end_ = budget_end_now();
    state_ = waiting_.empty() ? state::idle : state::due;
    due_since_ = now_;
}

void token_flow::handle_time(time_point now) {
    advance(now);
    if (now_ < deadline_ || state_ == state::idle || state_ == state::due) return;
    if (state_ != state::waiting) {
        auto c = on_timeout();
        if (state_ == state::signing) c.trace.reset();  // nothing was exchanged
        take(std::move(c));
    } else {
        budget_end_ = budget_end_now();
        state_ = state::due;
        due_since_ = now_;
    }
}

void token_flow::advance(time_point now) noexcept { now_ = std::max(now_, now); }

bool token_flow::is_outstanding(request_id id) const noexcept {
    return (state_ == state::sent || state_ == state::signing) && id == request_id{last_request_};
}

bool token_flow::has_valid_token() const noexcept { return token_ && now_ < token_->expires_at; }

/// There must be a token.
bool token_flow::wants_refresh() const noexcept { return now_ >= token_->refresh_at && now_ >= no_refresh_before_; }

time_point token_flow::budget_end_now() const noexcept { return base::budget_end_after(budget_end_, now_, deadline_); }

void token_flow::take(change&& c) {
    if (c.trace)
        detail::add_request(*c.trace, registration::exchange_step::token, settings_.url, request_id{last_request_});
    apply(std::move(c));
}

std::optional<registration::trace_event> token_flow::last_exchange() const {
    if (traced_id_ == request_id{}) return {};
    return traced_;
}

void token_flow::apply(change&& c) noexcept {
    if (c.abandons) abandoned_ = request_id{last_request_};
    if (c.replaces) {
        token_ = std::move(c.replaces);
        last_token_ = static_cast<std::uint64_t>(token_->id);
        no_refresh_before_ = time_point::min();  // it was for the token before
    }
    if (c.no_refresh_before) no_refresh_before_ = *c.no_refresh_before;
    if (c.budget_end) budget_end_ = *c.budget_end;
    if (c.trace) {
        traced_id_ = request_id{last_request_};
        traced_ = std::move(*c.trace);
    }
    if (!c.answers.empty()) {
        c.answers.front().who = std::move(waiting_);
        waiting_.clear();
        answers_.splice(answers_.end(), c.answers);
    }
    deadline_ = c.deadline;
    failures_ = c.failures;
    state_ = c.to;
    if (settings_.audience.empty()) return;
    // An assertion is for one request, and is not kept beyond it.
    settings_.body = secret{};
    settings_.app_secret = secret{};
    settings_.quoted_app_secret = secret{};
}

std::string_view token_flow::state_name() const noexcept {
    switch (state_) {
    case state::idle: return "idle";
    case state::due: return "due";
    case state::signing: return "signing";
    case state::sent: return "sent";
    case state::waiting: return "waiting";
    }
    return "unknown";
}

}  // namespace lark::open_platform
