// SPDX-License-Identifier: MIT
#include "registration/flow_change.hpp"

#include "base/http_fields.hpp"
#include "base/url.hpp"
#include "registration/reply.hpp"

#include <string_view>
#include <variant>

namespace lark::registration {

namespace detail {

exchange_record exchange_that_is_out(const flow_state& f) noexcept {
    exchange_record e;
    e.id = f.position.id();
    e.at_lark = f.position.at_lark;
    e.step = f.position.step;
    e.number = f.is_polling() ? f.position.polls : f.position.failures + 1;
    return e;
}

log_id log_id_of_reply(const flow_state& f, const http_response& response, const reply* said) {
    // Escaped or not: an id has no character that would be escaped.
    const auto device_code = escaped_code_in(f.grant.poll_body);
    const auto user_code = f.grant.texts.get().user_code;
    if (said == nullptr) return base::log_id_in(response.headers, {device_code, user_code});
    const bool has_id = said->user_info && said->user_info->open_id;
    const std::string_view open_id = has_id ? std::string_view{*said->user_info->open_id} : std::string_view{};
    return base::log_id_in(response.headers, {device_code, user_code, said->device_code.reveal(), said->user_code,
                                              said->client_secret.reveal(), open_id});
}

exchange_summary summary_of(const flow_state& f, const exchange_record& e, const log_id& id) {
    if (e.number == 0) return {};
    exchange_summary out;
    const auto authority = base::authority_of(e.at_lark ? f.settings.lark_url : f.settings.feishu_url);
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

void add_facts(failure& why, const flow_state& f, const exchange_record& e, const log_id& id) {
    why.polls = f.position.polls;
    why.last_exchange = summary_of(f, e, id);
}

}  // namespace detail

registration_phase flow::phase() const noexcept {
    if (state_->is_finished()) return registration_phase::finished;
    if (state_->position.phase == detail::phase::expiring) return registration_phase::expiring;
    return state_->is_polling() ? registration_phase::polling : registration_phase::starting;
}

std::optional<time_point> flow::next_request_at() const noexcept {
    const auto& f = *state_;
    if (f.position.phase == detail::phase::due) return f.now;
    if (f.position.phase != detail::phase::waiting || f.gives_up_at < f.position.wait_end) return {};
    return f.position.wait_end;
}

std::string_view flow::last_error() const noexcept {
    const auto& f = *state_;
    if (f.outcome) {
        const auto* why = std::get_if<failure>(f.outcome.get());
        return why != nullptr ? std::string_view{why->last_error} : std::string_view{};
    }
    const bool retries = !f.is_polling() && f.is_waiting() && f.status.status == status::retrying;
    return retries ? f.status.reason : f.last_error;
}

unsigned flow::polls() const noexcept { return state_->position.polls; }

request_id flow::last_exchange_id() const noexcept { return state_->last_exchange.id; }

exchange_summary flow::last_summary() const {
    return detail::summary_of(*state_, state_->last_exchange, state_->last_log_id);
}

std::optional<trace_event> flow::last_exchange() const {
    const auto& f = *state_;
    const auto& e = f.last_exchange;
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
    if (begun) out.interval = f.position.interval;
    if (e.result == exchange_result::link) out.lifetime = f.position.lifetime.length();
    return out;
}

}  // namespace lark::registration
