// SPDX-License-Identifier: MIT
// The driver's side of a call: requests and inputs. The effect of an input is computed in call_rules.cpp.
#include <lark/open_platform/call_flow.hpp>

#include "base/redact.hpp"
#include "open_platform/call_state.hpp"
#include "open_platform/options.hpp"
#include "open_platform/token_state.hpp"

#include <lark/error_code.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace lark::open_platform {
namespace {

using detail::call_phase;
using detail::call_state;

std::vector<http_header> headers_of(api_request& request) {
    std::vector<http_header> headers;
    if (!detail::has_header(request, "accept")) headers.push_back({"Accept", "application/json"});
    if (!request.body.empty() && !detail::has_header(request, "content-type"))
        headers.push_back({"Content-Type", "application/json; charset=utf-8"});
    std::move(request.headers.begin(), request.headers.end(), std::back_inserter(headers));
    return headers;
}

/// A service may quote `Bearer u-…` as it was sent, or without its scheme. The part after the scheme is in both.
std::string_view credential_in(std::string_view authorization) noexcept {
    constexpr std::string_view blanks = " \t";
    authorization = authorization.substr(0, authorization.find_last_not_of(blanks) + 1);
    return authorization.substr(authorization.find_last_of(blanks) + 1);
}

send_call hand_out(call_state& f) noexcept {
    auto& p = f.position;
    p.start(f.now, f.settings.request_timeout, time_point::max());
    p.phase = call_phase::sent;
    return send_call{.request_id = p.id(),
                     .method = f.settings.method,
                     .url = f.settings.url,
                     .headers = &f.settings.headers,
                     .token = f.token.reveal(),
                     .body = f.settings.body,
                     .timeout = p.timeout,
                     .idempotent = f.settings.idempotent};
}

void take(call_state& f, detail::call_change&& c) {
    if (c.trace) detail::add_request(*c.trace, registration::exchange_step::call, f.settings.url, f.position.id());
    // From here on nothing throws.
    f.position = c.next;
    if (c.trace) f.last_exchange = {f.position.id(), std::move(*c.trace)};
    if (!c.result) return;
    f.result = std::move(c.result);
    f.token = secret{};
}

}  // namespace

call_flow::call_flow(api_request request, const client_options& options)
    : state_(std::make_unique<detail::call_state>()) {
    const auto base_url = detail::checked_base_url(options);
    detail::check(request);
    auto& s = state_->settings;
    s.url = detail::url_of(base_url, request);
    if (const auto own = find_header(request.headers, "authorization")) s.own_credential = secret{credential_in(*own)};
    s.needs_token = !detail::has_header(request, "authorization");
    s.headers = headers_of(request);
    s.tries = detail::is_repeatable(request.method) ? options.tries : 1;
    s.idempotent = detail::is_repeatable(request.method);
    s.method = std::move(request.method);
    s.body = std::move(request.body);
    s.request_timeout = options.request_timeout;
    state_->position.phase = s.needs_token ? call_phase::needs_token : call_phase::due;
}

call_flow::call_flow(const call_flow& other) : state_(std::make_unique<detail::call_state>(*other.state_)) {}

call_flow& call_flow::operator=(const call_flow& other) {
    if (this != &other) state_ = std::make_unique<detail::call_state>(*other.state_);
    return *this;
}

call_flow::call_flow(call_flow&& other) noexcept = default;
call_flow& call_flow::operator=(call_flow&& other) noexcept = default;
call_flow::~call_flow() = default;

call_output call_flow::poll_output(time_point now) {
    auto& f = *state_;
    auto& p = f.position;
    f.advance(now);
    if (p.rejected != token_id{}) return reject_token{std::exchange(p.rejected, token_id{})};
    if (p.abandoned != request_id{}) return abandon_request{p.take_abandoned()};

    switch (p.phase) {
    case call_phase::needs_token: return need_token{};
    case call_phase::due: return hand_out(f);
    case call_phase::sent: return wait_until{p.request_deadline};
    case call_phase::waiting: return wait_until{p.wait_end};
    case call_phase::finished: break;
    }
    return finished{};
}

bool call_flow::wants_to_send() const noexcept {
    const auto& p = state_->position;
    return p.phase == call_phase::due && p.rejected == token_id{} && p.abandoned == request_id{};
}

std::string_view call_flow::url() const noexcept { return state_->settings.url; }

accepted call_flow::handle_token(time_point now, const token_granted& granted) {
    auto& f = *state_;
    if (f.position.phase != call_phase::needs_token) return accepted::stale;
    f.advance(now);
    f.token = secret{granted.token};
    f.token_id = granted.id;
    f.position.phase = call_phase::due;
    return accepted::yes;
}

accepted call_flow::handle_no_token(time_point now, const api_failure& why) {
    auto& f = *state_;
    if (f.position.phase != call_phase::needs_token) return accepted::stale;
    f.advance(now);
    take(f, detail::end_with(f, why));
    return accepted::yes;
}

accepted call_flow::handle_response(request_id id, time_point now, const http_response& response) {
    auto& f = *state_;
    if (!f.is_outstanding(id)) return accepted::stale;
    f.advance(now);
    take(f, detail::on_response(f, response));
    return accepted::yes;
}

accepted call_flow::handle_failure(request_id id, time_point now, const transport_failure& failure) {
    auto& f = *state_;
    if (!f.is_outstanding(id)) return accepted::stale;
    f.advance(now);
    take(f, detail::on_failure(f, failure));
    return accepted::yes;
}

void call_flow::handle_time(time_point now) {
    auto& f = *state_;
    auto& p = f.position;
    f.advance(now);
    if (p.phase == call_phase::sent && f.now >= p.request_deadline) take(f, detail::on_timeout(f));
    else if (p.phase == call_phase::waiting && f.now >= p.wait_end) p.phase = call_phase::due;
}

void call_flow::cancel() noexcept {
    auto& f = *state_;
    if (f.position.phase == call_phase::finished) return;
    if (f.position.phase == call_phase::sent) f.position.abandon();
    // Both texts fit a string without an allocation, so this cannot throw.
    api_failure why;
    why.kind = api_failure_kind::aborted;
    why.error = error_code::abort;
    why.message = "cancelled";
    f.result.emplace(std::move(why));
    f.position.phase = call_phase::finished;
    f.token = secret{};
}

const api_result* call_flow::result() const noexcept { return state_->result ? &*state_->result : nullptr; }

request_id call_flow::last_exchange_id() const noexcept { return state_->last_exchange.id; }

std::optional<registration::trace_event> call_flow::last_exchange() const { return state_->last_exchange.get(); }

api_failure failure_of_exception(std::string_view what, const token_flow& tokens, const call_flow* call) {
    api_failure out;
    out.kind = api_failure_kind::no_reply;
    out.error = error_code::network_error;
    const std::string_view none;
    const auto& t = *tokens.state_;
    out.message =
        base::redact(what, {t.request.credential.reveal(), t.request.quoted_credential.reveal(),
                            t.token ? std::string_view{t.token->text.reveal()} : none,
                            call != nullptr ? std::string_view{call->state_->token.reveal()} : none,
                            call != nullptr ? std::string_view{call->state_->settings.own_credential.reveal()} : none});
    return out;
}

std::string_view call_flow::state_name() const noexcept {
    switch (state_->position.phase) {
    case call_phase::needs_token: return "needs_token";
    case call_phase::due: return "due";
    case call_phase::sent: return "sent";
    case call_phase::waiting: return "waiting";
    case call_phase::finished: return "finished";
    }
    return "unknown";
}

}  // namespace lark::open_platform
