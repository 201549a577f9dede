// SPDX-License-Identifier: MIT
// The account that a flow gives of its exchanges: protocol.md, section 10.
#include <lark/registration/flow.hpp>

#include "base/http_fields.hpp"
#include "base/url.hpp"
#include "registration/flow_change.hpp"
#include "registration/reply.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace lark::registration {

/// The request that is out, as far as it is known before its answer.
flow::exchange_record flow::exchange_that_is_out() const noexcept {
    exchange_record e;
    e.id = request_id{last_id_};
    e.at_lark = progress_.at_lark;
    if (state_ == state::poll_sent) {
        e.step = exchange_step::poll;
        e.number = progress_.polls;
    } else {
        e.step = state_ == state::init_sent ? exchange_step::init : exchange_step::begin;
        e.number = progress_.failures + 1;
    }
    return e;
}

log_id flow::request_id_in(const http_response& response, const detail::reply* reply) const {
    const std::string_view device_code = device_code_.reveal();
    if (reply == nullptr) return base::log_id_in(response.headers, {device_code, user_code_});
    const bool has_id = reply->user_info && reply->user_info->open_id;
    const std::string_view open_id = has_id ? std::string_view{*reply->user_info->open_id} : std::string_view{};
    return base::log_id_in(response.headers, {device_code, user_code_, reply->device_code.reveal(), reply->user_code,
                                              reply->client_secret.reveal(), open_id});
}

exchange_summary flow::summary_of(const exchange_record& e, const log_id& id) const {
    if (e.number == 0) return {};
    exchange_summary out;
    const auto authority = base::authority_of(e.at_lark ? settings_.lark_url : settings_.feishu_url);
    out.host = host_name::parse(authority).value_or(host_name{});
    out.request_id = id;
    out.code = e.code;
    out.number = e.number;
    out.http_status = e.http_status;
    out.step = e.step;
    out.error = e.error;
    out.failure = e.failure;
    return out;
}

void flow::add_facts(failure& why, const exchange_record& e, const log_id& id) const {
    why.polls = progress_.polls;
    why.last_exchange = summary_of(e, id);
}

/// Adds to a change what follows from the rest of it: of the exchange, what comes next, and to a failure, the exchange.
void flow::complete(change& c) const {
    if (c.exchange) {
        auto& e = *c.exchange;
        e.result = c.brought;
        switch (c.to) {
        case state::init_due:
        case state::begin_due:
        case state::poll_due: e.next = next_step::send; break;
        case state::init_waiting:
        case state::begin_waiting:
        case state::poll_waiting: e.next = next_step::wait; break;
        case state::expiring: e.next = next_step::expire; break;
        case state::finished:
            e.next = std::holds_alternative<app>(*c.result) ? next_step::success : next_step::failure;
            e.stop = e.next == next_step::failure ? c.stop : stop_reason::none;
            break;
        case state::init_sent:
        case state::begin_sent:
        case state::poll_sent: break;  // no exchange ends with its own request out
        }
        if (e.next == next_step::wait || e.next == next_step::expire) {
            const bool gives_up = gives_up_at_ < c.numbers.deadline;
            e.reason = gives_up ? wait_reason::give_up : c.numbers.reason;
            e.wait = saturating_sub(gives_up ? gives_up_at_ : c.numbers.deadline, now_);
        }
    }
    if (!c.result) return;
    if (auto* why = std::get_if<failure>(&*c.result)) {
        if (c.exchange) add_facts(*why, *c.exchange, c.request_id);
        else add_facts(*why, last_exchange_, last_log_id_);
    }
    c.end = std::make_shared<const outcome>(std::move(*c.result));
}

registration_phase flow::phase() const noexcept {
    switch (state_) {
    case state::init_due:
    case state::init_sent:
    case state::init_waiting:
    case state::begin_due:
    case state::begin_sent:
    case state::begin_waiting: return registration_phase::starting;
    case state::poll_due:
    case state::poll_sent:
    case state::poll_waiting: return registration_phase::polling;
    case state::expiring: return registration_phase::expiring;
    case state::finished: break;
    }
    return registration_phase::finished;
}

std::optional<time_point> flow::next_request_at() const noexcept {
    switch (state_) {
    case state::init_due:
    case state::begin_due:
    case state::poll_due: return now_;
    case state::init_waiting:
    case state::begin_waiting:
    case state::poll_waiting:
        if (gives_up_at_ < progress_.deadline) return {};
        return progress_.deadline;
    case state::init_sent:
    case state::begin_sent:
    case state::poll_sent:
    case state::expiring:
    case state::finished: break;
    }
    return {};
}

std::string_view flow::last_trouble() const noexcept {
    if (outcome_) {
        const auto* why = std::get_if<failure>(outcome_.get());
        return why != nullptr ? std::string_view{why->cause} : std::string_view{};
    }
    const bool retries = state_ == state::init_waiting || state_ == state::begin_waiting;
    return retries && status_ == status::retrying ? std::string_view{reason_} : std::string_view{cause_};
}

exchange_summary flow::last_summary() const { return summary_of(last_exchange_, last_log_id_); }

std::optional<trace_event> flow::last_exchange() const {
    const auto& e = last_exchange_;
    if (e.id == request_id{}) return {};
    trace_event out;
    out.exchange = last_summary();
    out.result = e.result;
    out.on_kept_connection = e.on_kept_connection;
    out.next = e.next;
    out.reason = e.reason;
    out.stop = e.stop;
    out.wait = e.wait;
    out.retry_after = e.retry_after;
    const bool begun = e.step == exchange_step::poll || e.result == exchange_result::link;
    if (begun) out.interval = progress_.interval;
    if (e.result == exchange_result::link) out.lifetime = progress_.lifetime;
    return out;
}

}  // namespace lark::registration
