// SPDX-License-Identifier: MIT
// A flow saved and carried on: protocol.md, section 9.
#include <lark/registration/flow.hpp>

#include "base/redact.hpp"
#include "registration/flow_change.hpp"
#include "registration/options.hpp"
#include "registration/request_body.hpp"
#include "registration/snapshot_data.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace lark::registration {
namespace {

constexpr std::string_view poll_lost = "the registration was saved while a poll was in flight";

void check_host(const char* option, const std::string& endpoint, const std::string& saved) {
    const auto given = detail::base_url_in(endpoint);
    if (given == saved) return;
    throw invalid_option{
        option,
        std::string{"must be that with which the registration began, "}.append(saved).append(", got ").append(given)};
}

}  // namespace

std::optional<snapshot> flow::save(wall_time at, after_save then) const {
    if (device_code_.empty()) return {};
    if (state_ == state::poll_sent && then == after_save::stops) {
        flow lost = *this;
        lost.advance(at.now);
        lost.take(lost.on_failure({transport_failure_kind::cut, std::string{poll_lost}}));
        return lost.save(at, then);
    }

    const auto now = std::max(now_, at.now);
    const auto saved_at = detail::to_wall_point(at.wall);
    const auto on_the_wall = [&](time_point t) {
        return std::max(saturating_add(saved_at, saturating_sub(t, now)), detail::wall_point{});
    };
    const auto& p = progress_;
    auto data = std::make_shared<detail::snapshot_data>();
    data->saved_at = saved_at;
    data->domain = detail::base_url_in(settings_.feishu_url);
    data->lark_domain = detail::base_url_in(settings_.lark_url);
    data->at_lark = p.at_lark;
    data->device_code = device_code_;
    data->user_code = secret{user_code_};
    data->link = secret{link_};
    data->verification_uri = secret{verification_uri_};
    data->verification_uri_complete = secret{verification_uri_complete_};
    data->lifetime = p.lifetime;
    data->interval = p.interval;
    data->expires_at = on_the_wall(p.expires_at);
    data->expiring = state_ == state::expiring;
    if (!data->expiring && then == after_save::stops) data->next_poll_at = on_the_wall(p.deadline);
    data->failures = p.failures;
    data->polls = p.polls;
    data->cause = cause_;
    data->request_id = last_log_id_;
    if (user_) data->user_info = *user_;
    return snapshot{std::move(data)};
}

flow::flow(const snapshot& from, wall_time at, const options& opts) : flow(opts) {
    const auto& data = *from.data_;
    check_host("domain", settings_.feishu_url, data.domain);
    check_host("lark_domain", settings_.lark_url, data.lark_domain);
    std::string{}.swap(link_parameters_);

    // Nothing is extended: no more is left of a time than there was at the save.
    const auto wall = detail::to_wall_point(at.wall);
    const auto left = [&](detail::wall_point t) {
        return std::min(saturating_sub(t, wall), saturating_sub(t, data.saved_at));
    };
    advance(at.now);
    auto& p = progress_;
    p.at_lark = data.at_lark;
    p.failures = data.failures;
    p.polls = data.polls;
    p.interval = data.interval;
    p.lifetime = data.lifetime;
    p.expires_at = saturating_add(now_, std::min<duration>(left(data.expires_at), data.lifetime));
    p.last_poll_at = saturating_add(p.expires_at, -detail::head_start(data.lifetime));
    if (data.expiring) {
        p.deadline = p.expires_at;
        p.reason = wait_reason::expiry;
        set_state(state::expiring);
    } else {
        const duration wait = data.next_poll_at ? left(*data.next_poll_at) : polling_wait(data.interval, {});
        const auto next = saturating_add(now_, wait);
        p.deadline = std::min(next, std::max(p.last_poll_at, now_));
        p.reason = next > p.last_poll_at ? wait_reason::last_poll
                   : data.failures > 0   ? wait_reason::backoff
                                         : wait_reason::interval;
        set_state(p.deadline > now_ ? state::poll_waiting : state::poll_due);
    }

    device_code_ = data.device_code;
    poll_body_ = detail::poll_body(device_code_);
    link_ = data.link.reveal();
    verification_uri_complete_ = data.verification_uri_complete.reveal();
    verification_uri_ = data.verification_uri.reveal();
    user_code_ = data.user_code.reveal();
    link_fingerprints_ = {base::fingerprint(verification_uri_complete_), base::fingerprint(link_)};
    cause_ = data.cause;
    last_log_id_ = data.request_id;
    last_exchange_.step = exchange_step::poll;
    last_exchange_.number = data.polls;
    last_exchange_.at_lark = data.at_lark;
    if (data.user_info) user_ = std::make_shared<const user_info>(*data.user_info);
    qr_pending_ = true;
}

}  // namespace lark::registration
