// SPDX-License-Identifier: MIT
// A flow saved and carried on: protocol.md, section 9.
#include <lark/registration/flow.hpp>

#include "registration/flow_change.hpp"
#include "registration/flow_rules.hpp"
#include "registration/link.hpp"
#include "registration/options.hpp"
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

std::shared_ptr<const detail::snapshot_data> data_of(const detail::flow_state& f, wall_time at, after_save then) {
    const auto now = std::max(f.now, at.now);
    const auto saved_at = detail::to_wall_point(at.wall);
    const auto on_the_wall = [&](time_point t) {
        return std::max(saturating_add(saved_at, saturating_sub(t, now)), detail::wall_point{});
    };
    const auto& p = f.position;
    const auto texts = f.grant.texts.get();
    auto data = std::make_shared<detail::snapshot_data>();
    data->saved_at = saved_at;
    data->domain = detail::base_url_in(f.settings.feishu_url);
    data->lark_domain = detail::base_url_in(f.settings.lark_url);
    data->at_lark = p.at_lark;
    data->device_code = detail::device_code_in(f.grant.poll_body);
    data->user_code = secret{texts.user_code};
    data->link = secret{texts.link};
    data->verification_uri = secret{texts.verification_uri};
    if (!detail::check_address(texts.verification_uri_complete, f.settings.loopback))
        data->verification_uri_complete = secret{texts.verification_uri_complete};
    data->lifetime = p.lifetime.length();
    data->interval = p.interval;
    data->expires_at = on_the_wall(p.lifetime.expires_at());
    data->expiring = p.phase == detail::phase::expiring;
    if (!data->expiring && then == after_save::stops)
        data->next_poll_at = on_the_wall(p.phase == detail::phase::due ? p.due_since : p.wait_end);
    data->failures = p.failures;
    data->polls = p.polls;
    data->last_error = f.last_error;
    data->request_id = f.last_log_id;
    if (f.user) data->user_info = *f.user;
    return data;
}

}  // namespace

std::optional<snapshot> flow::save(wall_time at, after_save then) const {
    const auto& f = *state_;
    if (f.grant.poll_body.empty()) return {};
    if (!f.is_sent() || then == after_save::goes_on) return snapshot{data_of(f, at, then)};
    auto lost = f;
    lost.advance(at.now);
    take(lost, on_failure(lost, {transport_failure_kind::cut, std::string{poll_lost}}));
    if (lost.is_finished()) return {};
    return snapshot{data_of(lost, at, then)};
}

flow::flow(const snapshot& from, wall_time at, const options& opts) : flow(opts) {
    const auto& data = *from.data_;
    auto& f = *state_;
    check_host("domain", f.settings.feishu_url, data.domain);
    check_host("lark_domain", f.settings.lark_url, data.lark_domain);
    std::string{}.swap(f.link_parameters);

    // Nothing is extended: no more is left of a time than there was at the save.
    const auto wall = detail::to_wall_point(at.wall);
    const auto left = [&](detail::wall_point t) {
        return std::min(saturating_sub(t, wall), saturating_sub(t, data.saved_at));
    };
    f.advance(at.now);
    auto& p = f.position;
    p.at_lark = data.at_lark;
    p.failures = data.failures;
    p.polls = data.polls;
    p.interval = data.interval;
    p.lifetime = {data.lifetime, saturating_add(f.now, std::min<duration>(left(data.expires_at), data.lifetime))};
    if (data.expiring) {
        p.wait_to_expire();
    } else {
        const duration wait = data.next_poll_at ? left(*data.next_poll_at) : detail::polling_wait(f, data.interval);
        p.wait_to_poll(f.now, saturating_add(f.now, wait),
                       data.failures > 0 ? wait_reason::backoff : wait_reason::interval);
    }

    f.grant.poll_body = detail::poll_body(data.device_code);
    f.grant.texts = detail::grant_texts{{.link = data.link.reveal(),
                                         .verification_uri_complete = data.verification_uri_complete.reveal(),
                                         .verification_uri = data.verification_uri.reveal(),
                                         .user_code = data.user_code.reveal()}};
    f.last_error = data.last_error;
    f.last_log_id = data.request_id;
    f.last_exchange.step = exchange_step::poll;
    f.last_exchange.number = data.polls;
    f.last_exchange.at_lark = data.at_lark;
    if (data.user_info) f.user = std::make_shared<const user_info>(*data.user_info);
    f.qr_pending = true;
}

}  // namespace lark::registration
