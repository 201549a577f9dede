// SPDX-License-Identifier: MIT
// The driver's side of a token flow: waiters, requests and inputs. The effect of an input is computed in
// token_rules.cpp.
#include <lark/open_platform/token_flow.hpp>

#include "base/redact.hpp"
#include "open_platform/token_state.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace lark::open_platform {
namespace {

using detail::token_phase;
using detail::token_state;

constexpr std::int64_t empty_assertion = 7101;  // the codes of the official SDKs
constexpr std::int64_t no_assertion = 7102;

/// For refreshing a token that is valid for longer: the call that started the refresh waits for it.
constexpr duration refresh_timeout = std::chrono::seconds{5};

void fetch_if_idle(token_state& f) noexcept {
    auto& p = f.position;
    if (p.phase != token_phase::idle) return;
    p.become_due(f.now);
    p.failures = 0;
    p.has_assertion = false;
    p.budget_end = time_point::max();
}

/// Nothing is out any more, and the request is to be handed out if there are waiters.
void due_again(token_state& f) noexcept {
    f.position.add_suspend(f.now, f.position.request_deadline);
    f.position.become_due(f.now);
    if (!f.waiters.has_waiters()) f.position.phase = token_phase::idle;
}

token_output hand_out(token_state& f) noexcept {
    auto& p = f.position;
    const bool refreshes = f.has_valid_token() && saturating_sub(f.token->expires_at, f.now) > refresh_timeout;
    p.use_budget(f.now, f.budget);
    p.start(f.now, refreshes ? std::min(f.request_timeout, refresh_timeout) : f.request_timeout, p.budget_end);
    if (f.request.needs_assertion() && !std::exchange(p.has_assertion, false)) {
        p.phase = token_phase::signing;
        return need_assertion{p.id(), f.request.audience};
    }
    p.phase = token_phase::sent;
    return send_token_request{p.id(), f.request.url, f.request.body.reveal(), p.timeout};
}

void take(token_state& f, detail::token_change&& c) {
    if (c.trace) detail::add_request(*c.trace, registration::exchange_step::token, f.request.url, f.position.id());
    // From here on nothing throws.
    f.position = c.next;
    if (c.replaces) f.token = std::move(c.replaces);
    if (c.trace) f.last_exchange = {f.position.id(), std::move(*c.trace)};
    f.waiters.settle(std::move(c.answers));
    f.request.drop_assertion();
}

}  // namespace

token_flow::token_flow(const std::string& app_id, secret app_secret, const client_options& options)
    : state_(std::make_unique<token_state>(
          token_state{.request = detail::token_request{app_id, std::move(app_secret), options},
                      .request_timeout = options.request_timeout,
                      .budget = options.token_budget,
                      .refresh_before = options.refresh_before})) {}

token_flow::token_flow(const token_flow& other) : state_(std::make_unique<token_state>(*other.state_)) {}

token_flow& token_flow::operator=(const token_flow& other) {
    if (this != &other) state_ = std::make_unique<token_state>(*other.state_);
    return *this;
}

token_flow::token_flow(token_flow&& other) noexcept = default;
token_flow& token_flow::operator=(token_flow&& other) noexcept = default;
token_flow::~token_flow() = default;

waiter_id token_flow::ask(time_point now) {
    auto& f = *state_;
    f.advance(now);
    const waiter_id who{f.last_waiter + 1};
    if (!f.has_valid_token() || (f.wants_refresh() && f.position.phase == token_phase::idle)) {
        f.waiters.wait(who);
        fetch_if_idle(f);
    } else {
        f.waiters.grant(who, f.token);
    }
    ++f.last_waiter;
    return who;
}

void token_flow::drop(waiter_id who) {
    auto& f = *state_;
    f.waiters.drop(who);
    const bool not_out = f.position.phase == token_phase::due || f.position.phase == token_phase::waiting;
    if (not_out && !f.waiters.has_waiters()) f.position.phase = token_phase::idle;
}

void token_flow::reject(token_id id) noexcept {
    auto& kept = state_->token;
    if (kept && kept->id == id) kept.reset();
}

token_output token_flow::poll_output(time_point now) {
    auto& f = *state_;
    auto& p = f.position;
    f.advance(now);
    while (f.waiters.take_back(f.token)) fetch_if_idle(f);
    if (const auto who = f.waiters.next()) {
        if (const auto* granted = std::get_if<detail::token_ptr>(&f.waiters.last()))
            return token_granted{*who, (*granted)->id, (*granted)->text.reveal(), (*granted)->expires_at};
        return token_refused{*who, std::get<std::shared_ptr<const api_failure>>(f.waiters.last()).get()};
    }
    if (p.abandoned != request_id{}) return abandon_request{p.take_abandoned()};

    switch (p.phase) {
    case token_phase::due: return hand_out(f);
    case token_phase::signing:
    case token_phase::sent: return wait_until{p.request_deadline};
    case token_phase::waiting: return wait_until{p.wait_end};
    case token_phase::idle: break;
    }
    return idle{};
}

bool token_flow::wants_to_send() const noexcept {
    const auto& f = *state_;
    if (f.position.abandoned != request_id{} || f.waiters.has_valid_answer(f.token)) return false;
    return f.position.phase == token_phase::due || (f.position.phase == token_phase::idle && f.waiters.has_answers());
}

std::string_view token_flow::url() const noexcept { return state_->request.url; }

accepted token_flow::handle_assertion(request_id id, time_point now, secret assertion) {
    auto& f = *state_;
    if (!f.is_out(token_phase::signing, id)) return accepted::stale;
    f.advance(now);
    if (assertion.empty()) {
        take(f, detail::on_no_assertion(f, empty_assertion, "the client assertion is empty"));
        return accepted::yes;
    }
    f.request.sign(std::move(assertion));
    f.position.has_assertion = true;
    due_again(f);
    return accepted::yes;
}

accepted token_flow::handle_no_assertion(request_id id, time_point now, std::string_view why) {
    auto& f = *state_;
    if (!f.is_out(token_phase::signing, id)) return accepted::stale;
    f.advance(now);
    take(f, detail::on_no_assertion(f, no_assertion, "there is no client assertion: " + base::redact(why, {})));
    return accepted::yes;
}

accepted token_flow::handle_response(request_id id, time_point now, const http_response& response) {
    auto& f = *state_;
    if (!f.is_out(token_phase::sent, id)) return accepted::stale;
    f.advance(now);
    take(f, detail::on_response(f, response));
    return accepted::yes;
}

accepted token_flow::handle_failure(request_id id, time_point now, const transport_failure& failure) {
    auto& f = *state_;
    if (!f.is_out(token_phase::sent, id)) return accepted::stale;
    f.advance(now);
    take(f, detail::on_failure(f, failure));
    return accepted::yes;
}

accepted token_flow::handle_interrupted(request_id id, time_point now) noexcept {
    auto& f = *state_;
    if (!f.is_out(token_phase::sent, id) && !f.is_out(token_phase::signing, id)) return accepted::stale;
    f.advance(now);
    due_again(f);
    return accepted::yes;
}

void token_flow::handle_time(time_point now) {
    auto& f = *state_;
    auto& p = f.position;
    f.advance(now);
    switch (p.phase) {
    case token_phase::signing:
    case token_phase::sent:
        if (f.now >= p.request_deadline) take(f, detail::on_timeout(f));
        return;
    case token_phase::waiting:
        if (f.now < p.wait_end) return;
        p.add_suspend(f.now, p.wait_end);
        p.become_due(f.now);
        return;
    case token_phase::idle:
    case token_phase::due: return;
    }
}

request_id token_flow::last_exchange_id() const noexcept { return state_->last_exchange.id; }

std::optional<registration::trace_event> token_flow::last_exchange() const { return state_->last_exchange.get(); }

std::string_view token_flow::state_name() const noexcept {
    switch (state_->position.phase) {
    case token_phase::idle: return "idle";
    case token_phase::due: return "due";
    case token_phase::signing: return "signing";
    case token_phase::sent: return "sent";
    case token_phase::waiting: return "waiting";
    }
    return "unknown";
}

}  // namespace lark::open_platform
