// SPDX-License-Identifier: MIT
// A flow towards its driver: slots drained, requests handed out, inputs taken. The effect of an input is in
// flow_rules.cpp and poll_rules.cpp.
#include <lark/registration/flow.hpp>

#include "registration/flow_change.hpp"
#include "registration/flow_rules.hpp"
#include "registration/link.hpp"
#include "registration/options.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace lark::registration {
namespace {

using detail::flow_state;
using detail::phase;

detail::flow_settings settings_of(const options& opts) {
    auto urls = detail::checked_endpoints(opts);
    const bool switchable = urls.feishu != urls.lark;
    return {.feishu_url = std::move(urls.feishu),
            .lark_url = std::move(urls.lark),
            .request_timeout = opts.request_timeout,
            .start_budget = opts.start_budget,
            .expiry_grace = opts.expiry_grace,
            .give_up_after = opts.give_up_after ? duration{*opts.give_up_after} : duration::max(),
            .interval_margin = opts.interval_margin,
            .first_poll = opts.first_poll,
            .link_style = opts.link_style,
            .link_brand = opts.link_brand,
            .issuer = urls.issuer,
            .loopback = urls.feishu_is_loopback,
            .switchable = switchable};
}

send_request hand_out(flow_state& f) noexcept {
    auto& p = f.position;
    if (f.is_polling()) {
        ++p.polls;
        // A limit that is still set is that of the poll before a last switch.
        if (p.poll_limit == time_point::max()) p.poll_limit = p.lifetime.limit_of_poll(f.now, f.settings.expiry_grace);
    } else {
        p.use_budget(f.now, f.settings.start_budget);
    }
    p.start(f.now, f.settings.request_timeout, std::min(f.is_polling() ? p.poll_limit : p.budget_end, f.gives_up_at));
    p.phase = phase::sent;

    const std::string_view url = p.at_lark ? f.settings.lark_url : f.settings.feishu_url;
    const std::string_view body = f.is_polling()                   ? std::string_view{f.grant.poll_body.reveal()}
                                  : p.step == exchange_step::begin ? detail::begin_body
                                                                   : detail::init_body;
    return {p.id(), url, body, p.timeout};
}

bool is_outstanding(const flow_state& f, request_id id) noexcept { return f.is_sent() && id == f.position.id(); }

/// Without memory for more, the outcome says no more than that.
std::shared_ptr<const outcome> cancelled(const flow_state& f) noexcept {
    // Both texts fit a string without an allocation, so this cannot throw.
    failure why{failure_kind::other, std::string{error_code::abort}, "cancelled", true, {}};
    try {
        auto with_facts = why;
        with_facts.last_error = f.last_error;
        detail::add_facts(with_facts, f, f.last_exchange, f.last_log_id);
        return std::make_shared<const outcome>(std::move(with_facts));
    } catch (const std::bad_alloc&) {
        static const outcome without_facts{std::move(why)};
        return {std::shared_ptr<const void>{}, &without_facts};
    }
}

}  // namespace

flow::flow(const options& opts) : state_(std::make_unique<flow_state>()) {
    state_->settings = settings_of(opts);
    state_->link_parameters = detail::link_parameters(opts);
    if (!opts.check_auth_methods) state_->position.step = exchange_step::begin;
}

flow::flow(const flow& other) : state_(std::make_unique<flow_state>(*other.state_)) {}

flow& flow::operator=(const flow& other) {
    if (this != &other) state_ = std::make_unique<flow_state>(*other.state_);
    return *this;
}

flow::flow(flow&& other) noexcept = default;
flow& flow::operator=(flow&& other) noexcept = default;
flow::~flow() = default;

output flow::poll_output(time_point now) {
    auto& f = *state_;
    f.advance(now);
    // First, so that no handler of the driver runs while the request could still be answered.
    if (f.position.abandoned != request_id{}) return abandon_request{f.position.take_abandoned()};
    if (std::exchange(f.qr_pending, false)) {
        const auto& lifetime = f.position.lifetime;
        const auto texts = f.grant.texts.get();
        return qr_code_ready{texts.link, lifetime.length(), texts.user_code, texts.verification_uri,
                             lifetime.expires_at()};
    }
    if (std::exchange(f.status_pending, false))
        return status_changed{f.status.status, f.status.interval, f.status.reason};

    switch (f.position.phase) {
    case phase::due: return hand_out(f);
    case phase::sent: return wait_until{f.position.request_deadline, wait_reason::answer};
    case phase::waiting:
    case phase::expiring:
        if (f.gives_up_at < f.position.wait_end) return wait_until{f.gives_up_at, wait_reason::give_up};
        return wait_until{f.position.wait_end, f.position.reason};
    case phase::finished: break;
    }
    return finished{};
}

bool flow::wants_to_send() const noexcept {
    const auto& f = *state_;
    if (f.qr_pending || f.status_pending || f.position.abandoned != request_id{}) return false;
    return f.position.phase == phase::due;
}

time_point flow::gives_up_at() const noexcept { return state_->gives_up_at; }

std::string_view flow::url(brand at) const noexcept {
    return at == brand::lark ? state_->settings.lark_url : state_->settings.feishu_url;
}

accepted flow::handle_response(request_id id, time_point now, const http_response& response) {
    if (!is_outstanding(*state_, id)) return accepted::stale;
    state_->advance(now);
    take(*state_, detail::on_response(*state_, response));
    return accepted::yes;
}

accepted flow::handle_failure(request_id id, time_point now, const transport_failure& failure) {
    if (!is_outstanding(*state_, id)) return accepted::stale;
    state_->advance(now);
    take(*state_, detail::on_failure(*state_, failure));
    return accepted::yes;
}

void flow::handle_time(time_point now) {
    auto& f = *state_;
    f.advance(now);
    if (f.is_finished()) return;
    if (f.is_sent()) {  // the timeout of a request is within the limit of `give_up_after`
        if (f.now >= f.position.request_deadline) take(f, detail::on_request_timeout(f));
    } else {
        const bool over = f.is_waiting() && f.now >= f.position.wait_end;
        take(f, over ? detail::on_wait_over(f) : detail::unchanged(f));
    }
}

void flow::cancel() noexcept {
    auto& f = *state_;
    if (f.is_finished()) return;
    f.qr_pending = false;
    f.status_pending = false;
    if (f.is_sent()) f.position.abandon();
    f.outcome = cancelled(f);
    finish(f);
}

const outcome* flow::result() const noexcept { return state_->outcome.get(); }

std::string_view flow::state_name() const noexcept {
    const auto& p = state_->position;
    const auto of_step = [&](std::string_view init, std::string_view begin, std::string_view poll) {
        return p.step == exchange_step::init ? init : p.step == exchange_step::begin ? begin : poll;
    };
    switch (p.phase) {
    case phase::due: return of_step("init_due", "begin_due", "poll_due");
    case phase::sent: return of_step("init_sent", "begin_sent", "poll_sent");
    case phase::waiting: return of_step("init_waiting", "begin_waiting", "poll_waiting");
    case phase::expiring: return "expiring";
    case phase::finished: break;
    }
    return "finished";
}

}  // namespace lark::registration
