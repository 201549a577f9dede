// SPDX-License-Identifier: MIT
// A flow towards its driver: slots drained, requests handed out, inputs taken. The effect of an input is in flow_rules.cpp and poll_rules.cpp.
#include <lark/registration/flow.hpp>

#include "registration/flow_change.hpp"
#include "registration/link.hpp"
#include "registration/options.hpp"
#include "registration/request_body.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace lark::registration {
namespace {

/// A request that waited in its driver until its time was over still gets a moment.
constexpr duration shortest_timeout = std::chrono::milliseconds{1};

void release(std::string& text) noexcept { std::string{}.swap(text); }

}  // namespace

flow::flow(const options& opts) {
    auto urls = detail::checked_endpoints(opts);
    const bool switchable = urls.feishu != urls.lark;
    const auto give_up_after = opts.give_up_after ? duration{*opts.give_up_after} : duration::max();
    settings_ = {std::move(urls.feishu),
                 std::move(urls.lark),
                 opts.request_timeout,
                 opts.start_budget,
                 opts.expiry_grace,
                 give_up_after,
                 opts.interval_margin,
                 opts.first_poll,
                 opts.link_style,
                 opts.link_brand,
                 urls.issuer,
                 urls.feishu_is_loopback,
                 switchable};
    link_parameters_ = detail::link_parameters(opts);
    set_state(opts.check_auth_methods ? state::init_due : state::begin_due);
}

output flow::poll_output(time_point now) {
    advance(now);
    // First, so that no handler of the driver runs while the request could still be answered.
    if (abandoned_ != request_id{}) return abandon_request{std::exchange(abandoned_, request_id{})};
    if (std::exchange(qr_pending_, false))
        return qr_code_ready{link_, progress_.lifetime, user_code_, verification_uri_, progress_.expires_at};
    if (std::exchange(status_pending_, false)) return status_changed{status_, status_interval_, reason_};

    switch (state_) {
    case state::init_due:
    case state::begin_due:
    case state::poll_due: return hand_out();
    case state::init_sent:
    case state::begin_sent:
    case state::poll_sent: return wait_until{progress_.deadline, wait_reason::answer};
    case state::init_waiting:
    case state::begin_waiting:
    case state::poll_waiting:
    case state::expiring:
        if (gives_up_at_ < progress_.deadline) return wait_until{gives_up_at_, wait_reason::give_up};
        return wait_until{progress_.deadline, progress_.reason};
    case state::finished: break;
    }
    return finished{};
}

output flow::hand_out() noexcept {
    auto& p = progress_;
    const bool polls = state_ == state::poll_due;
    if (polls) {
        ++p.polls;
        // protocol.md, 4: a request in flight at D gets the grace; woken for the first time after D, one more poll goes
        // out, with the grace from now. A limit that is still set is that of the poll before a last switch.
        if (p.poll_limit == time_point::max())
            p.poll_limit = saturating_add(std::max(now_, p.expires_at), settings_.expiry_grace);
    } else if (p.start_end == time_point::max()) {
        p.start_end = saturating_add(now_, settings_.start_budget);
    } else {
        // The time that a request waited for its turn in the driver is not the service's.
        p.start_end = saturating_add(p.start_end, saturating_sub(now_, p.deadline));
    }
    const auto left = saturating_sub(std::min(polls ? p.poll_limit : p.start_end, gives_up_at_), now_);
    p.timeout = std::max(std::min(settings_.request_timeout, left), shortest_timeout);
    p.deadline = saturating_add(now_, p.timeout);

    const request_id id{++last_id_};
    const std::string_view url = p.at_lark ? settings_.lark_url : settings_.feishu_url;
    const std::string_view body = polls                       ? std::string_view{poll_body_.reveal()}
                                  : state_ == state::init_due ? detail::init_body
                                                              : detail::begin_body;
    set_state(polls ? state::poll_sent : state_ == state::init_due ? state::init_sent : state::begin_sent);
    return send_request{id, url, body, p.timeout};
}

bool flow::wants_to_send() const noexcept {
    if (qr_pending_ || status_pending_ || abandoned_ != request_id{}) return false;
    return state_ == state::init_due || state_ == state::begin_due || state_ == state::poll_due;
}

accepted flow::handle_response(request_id id, time_point now, const http_response& response) {
    if (!is_outstanding(id)) return accepted::stale;
    advance(now);
    take(on_response(response));
    return accepted::yes;
}

accepted flow::handle_failure(request_id id, time_point now, const transport_failure& failure) {
    if (!is_outstanding(id)) return accepted::stale;
    advance(now);
    take(on_failure(failure));
    return accepted::yes;
}

void flow::handle_time(time_point now) {
    advance(now);
    if (state_ == state::finished) return;
    const bool over = now_ >= progress_.deadline;
    const bool out = is_outstanding(request_id{last_id_});
    if (over && out) take(on_request_timeout());
    else if (over && is_waiting()) take(on_wait_over());
    else if (!out) take(unchanged());  // the timeout of a request that is out is within the limit
}

void flow::cancel() noexcept {
    if (state_ == state::finished) return;
    qr_pending_ = false;
    status_pending_ = false;
    if (is_outstanding(request_id{last_id_})) abandoned_ = request_id{last_id_};
    outcome_ = cancelled();
    finish();
}

/// Without memory for more, the outcome says no more than that.
std::shared_ptr<const outcome> flow::cancelled() const noexcept {
    // Both texts fit a string without an allocation, so this cannot throw.
    failure why{failure_kind::other, std::string{error_code::abort}, "cancelled", true, {}};
    try {
        auto with_facts = why;
        with_facts.cause = cause_;
        add_facts(with_facts, last_exchange_, last_log_id_);
        return std::make_shared<const outcome>(std::move(with_facts));
    } catch (const std::bad_alloc&) {
        static const outcome without_facts{std::move(why)};
        return {std::shared_ptr<const void>{}, &without_facts};
    }
}

void flow::advance(time_point now) noexcept {
    if (now_ == time_point::min()) gives_up_at_ = saturating_add(now, settings_.give_up_after);
    now_ = std::max(now_, now);
}

void flow::set_state(state s) noexcept { state_ = s; }

bool flow::is_outstanding(request_id id) const noexcept {
    return id == request_id{last_id_} &&
           (state_ == state::init_sent || state_ == state::begin_sent || state_ == state::poll_sent);
}

bool flow::is_waiting() const noexcept {
    return state_ == state::init_waiting || state_ == state::begin_waiting || state_ == state::poll_waiting ||
           state_ == state::expiring;
}

void flow::take(change&& c) {
    if (now_ >= gives_up_at_ && c.to != state::finished) give_up(c);
    complete(c);
    apply(std::move(c));
}

void flow::apply(change&& c) noexcept {
    if (c.abandons) abandoned_ = request_id{last_id_};
    if (c.begin) {
        device_code_ = std::move(c.begin->device_code);
        poll_body_ = std::move(c.begin->poll_body);
        link_ = std::move(c.begin->link);
        verification_uri_complete_ = std::move(c.begin->verification_uri_complete);
        verification_uri_ = std::move(c.begin->verification_uri);
        user_code_ = std::move(c.begin->user_code);
        link_fingerprints_ = c.begin->link_fingerprints;
        qr_pending_ = true;
        release(link_parameters_);
    }
    if (c.status) {
        status_ = c.status->status;
        status_interval_ = c.status->interval;
        reason_ = std::move(c.status->reason);
        status_pending_ = true;
    }
    if (c.cause) cause_ = std::move(*c.cause);
    if (c.user) user_ = std::move(c.user);
    if (c.end) outcome_ = std::move(c.end);
    if (c.exchange) {
        last_exchange_ = *c.exchange;
        last_log_id_ = std::move(c.request_id);
    }
    progress_ = c.numbers;
    set_state(c.to);
    if (state_ == state::finished) finish();
}

/// Device code and link have no use after the end, so they are wiped: nothing that is kept should be worth stealing.
void flow::finish() noexcept {
    set_state(state::finished);
    device_code_ = secret{};
    poll_body_ = secret{};
    user_.reset();
    if (now_ >= gives_up_at_) qr_pending_ = false;  // nothing waits for the user any more
    release(link_parameters_);
    release(verification_uri_complete_);
    if (qr_pending_)
        return;  // at the very end of time: the code has expired at once, and its link has not been handed out yet
    release(link_);
    release(verification_uri_);
    release(user_code_);
}

std::string_view flow::state_name() const noexcept {
    switch (state_) {
    case state::init_due: return "init_due";
    case state::init_sent: return "init_sent";
    case state::init_waiting: return "init_waiting";
    case state::begin_due: return "begin_due";
    case state::begin_sent: return "begin_sent";
    case state::begin_waiting: return "begin_waiting";
    case state::poll_due: return "poll_due";
    case state::poll_sent: return "poll_sent";
    case state::poll_waiting: return "poll_waiting";
    case state::expiring: return "expiring";
    case state::finished: return "finished";
    }
    return "unknown";
}

}  // namespace lark::registration
