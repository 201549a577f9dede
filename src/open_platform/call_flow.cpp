// SPDX-License-Identifier: MIT
// The driver's side of a call: requests and inputs. The effect of an input is computed in call_rules.cpp.
#include <lark/open_platform/call_flow.hpp>

#include "base/redact.hpp"
#include "open_platform/call_change.hpp"
#include "open_platform/settings.hpp"
#include "open_platform/trace.hpp"

#include <lark/error_code.hpp>
#include <lark/open_platform/token_flow.hpp>

#include <algorithm>
#include <utility>

namespace lark::open_platform {
namespace {

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

}  // namespace

call_flow::call_flow(api_request request, const client_options& options) {
    const auto base_url = detail::checked_base_url(options);
    detail::check(request);
    settings_.url = detail::url_of(base_url, request);
    if (const auto own = find_header(request.headers, "authorization"))
        settings_.own_credential = secret{credential_in(*own)};
    settings_.needs_token = !detail::has_header(request, "authorization");
    settings_.headers = headers_of(request);
    settings_.tries = detail::is_repeatable(request.method) ? options.tries : 1;
    settings_.idempotent = detail::is_repeatable(request.method);
    settings_.method = std::move(request.method);
    settings_.body = std::move(request.body);
    settings_.request_timeout = options.request_timeout;
    state_ = settings_.needs_token ? state::needs_token : state::due;
}

call_output call_flow::poll_output(time_point now) {
    advance(now);
    if (rejected_ != token_id{}) return reject_token{std::exchange(rejected_, token_id{})};
    if (abandoned_ != request_id{}) return abandon_request{std::exchange(abandoned_, request_id{})};

    switch (state_) {
    case state::needs_token: return need_token{};
    case state::due: return hand_out();
    case state::sent:
    case state::waiting: return wait_until{deadline_};
    case state::finished: break;
    }
    return finished{};
}

bool call_flow::wants_to_send() const noexcept {
    return state_ == state::due && rejected_ == token_id{} && abandoned_ == request_id{};
}

send_call call_flow::hand_out() noexcept {
    deadline_ = saturating_add(now_, settings_.request_timeout);
    state_ = state::sent;
    return send_call{.request_id = request_id{++last_request_},
                     .method = settings_.method,
                     .url = settings_.url,
                     .headers = &settings_.headers,
                     .token = token_.reveal(),
                     .body = settings_.body,
                     .timeout = settings_.request_timeout,
                     .idempotent = settings_.idempotent};
}

accepted call_flow::handle_token(time_point now, const token_granted& granted) {
    if (state_ != state::needs_token) return accepted::stale;
    advance(now);
    apply({.to = state::due, .failures = failures_, .token = secret{granted.token}, .id = granted.id});
    return accepted::yes;
}

accepted call_flow::handle_no_token(time_point now, const api_failure& why) {
    if (state_ != state::needs_token) return accepted::stale;
    advance(now);
    apply(end_with(why));
    return accepted::yes;
}

accepted call_flow::handle_response(request_id id, time_point now, const http_response& response) {
    if (!is_outstanding(id)) return accepted::stale;
    advance(now);
    take(on_response(response));
    return accepted::yes;
}

accepted call_flow::handle_failure(request_id id, time_point now, const transport_failure& failure) {
    if (!is_outstanding(id)) return accepted::stale;
    advance(now);
    take(on_failure(failure));
    return accepted::yes;
}

void call_flow::handle_time(time_point now) {
    advance(now);
    if (now_ < deadline_) return;
    if (state_ == state::sent) take(on_timeout());
    else if (state_ == state::waiting) state_ = state::due;
}

void call_flow::cancel() noexcept {
    if (state_ == state::finished) return;
    if (state_ == state::sent) abandoned_ = request_id{last_request_};
    // Both texts fit a string without an allocation, so this cannot throw.
    api_failure why;
    why.kind = api_failure_kind::aborted;
    why.error = error_code::abort;
    why.message = "cancelled";
    result_.emplace(std::move(why));
    state_ = state::finished;
    token_ = secret{};
}

void call_flow::advance(time_point now) noexcept { now_ = std::max(now_, now); }

bool call_flow::is_outstanding(request_id id) const noexcept {
    return state_ == state::sent && id == request_id{last_request_};
}

void call_flow::take(change&& c) {
    if (c.trace)
        detail::add_request(*c.trace, registration::exchange_step::call, settings_.url, request_id{last_request_});
    apply(std::move(c));
}

std::optional<registration::trace_event> call_flow::last_exchange() const {
    if (traced_id_ == request_id{}) return {};
    return traced_;
}

void call_flow::apply(change&& c) noexcept {
    if (c.abandons) abandoned_ = request_id{last_request_};
    if (c.rejects_token) {
        rejected_ = token_id_;
        token_replaced_ = true;
    }
    if (c.token) {
        token_ = std::move(*c.token);
        token_id_ = c.id;
    }
    if (c.result) result_ = std::move(c.result);
    if (c.trace) {
        traced_id_ = request_id{last_request_};
        traced_ = std::move(*c.trace);
    }
    deadline_ = c.deadline;
    failures_ = c.failures;
    state_ = c.to;
    if (state_ == state::finished) token_ = secret{};
}

api_failure failure_of_exception(std::string_view what, const token_flow& tokens, const call_flow* call) {
    api_failure out;
    out.kind = api_failure_kind::no_reply;
    out.error = error_code::network_error;
    const std::string_view none;
    out.message =
        base::redact(what, {tokens.settings_.app_secret.reveal(), tokens.settings_.quoted_app_secret.reveal(),
                            tokens.token_ ? std::string_view{tokens.token_->text.reveal()} : none,
                            call != nullptr ? std::string_view{call->token_.reveal()} : none,
                            call != nullptr ? std::string_view{call->settings_.own_credential.reveal()} : none});
    return out;
}

std::string_view call_flow::state_name() const noexcept {
    switch (state_) {
    case state::needs_token: return "needs_token";
    case state::due: return "due";
    case state::sent: return "sent";
    case state::waiting: return "waiting";
    case state::finished: return "finished";
    }
    return "unknown";
}

}  // namespace lark::open_platform
