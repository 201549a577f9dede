// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/flow.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace lark::registration {

/// Looks into a flow, for tests only.
struct flow_test_access {
    static std::chrono::seconds interval(const flow& f) { return f.progress_.interval; }
    static time_point now(const flow& f) { return f.now_; }
    static time_point deadline(const flow& f) { return f.progress_.deadline; }
    static time_point expires_at(const flow& f) { return f.progress_.expires_at; }
    static time_point last_poll_at(const flow& f) { return f.progress_.last_poll_at; }
    static bool at_lark(const flow& f) { return f.progress_.at_lark; }
    /// The limit of the poll that is to be handed out is that of the one before it (protocol.md, 4: a switch in the last poll).
    static bool is_owed_under_a_limit(const flow& f) {
        return f.state_ == flow::state::poll_due && f.progress_.poll_limit != time_point::max();
    }
    static const secret& device_code(const flow& f) { return f.device_code_; }
    static const secret& poll_body(const flow& f) { return f.poll_body_; }
    static bool keeps_the_link(const flow& f) {
        return !f.link_.empty() || !f.verification_uri_.empty() || !f.user_code_.empty() || !f.link_parameters_.empty();
    }

    /// All that decides what the flow does from here on, with times relative to its now and without ids: two flows with
    /// the same key behave alike.
    static std::string key(const flow& f) {
        std::string out{f.state_name()};
        const auto put = [&](auto number) { out.append(1, ' ').append(std::to_string(number)); };
        const auto ahead = [&](time_point t) {
            if (t == time_point::max()) out += " max";
            else if (t == time_point::min()) out += " min";
            else put(saturating_sub(t, f.now_).count());
        };
        const auto& p = f.progress_;
        put(p.at_lark);
        put(p.failures);
        put(p.interval.count());
        put(p.lifetime.count());
        if (f.outcome_) {  // what is left over of the run does not matter any more
            put(f.outcome_->index());
            if (const auto* why = std::get_if<failure>(&*f.outcome_))
                out += why->code + '|' + why->description + '|' + why->cause + (why->local ? "|local" : "|");
        } else {
            ahead(p.deadline);
            put(p.timeout.count());
            ahead(p.start_end);
            ahead(f.gives_up_at_);
            if (!f.device_code_.empty()) {
                ahead(p.last_poll_at);
                ahead(p.expires_at);
                ahead(p.poll_limit);
            }
        }
        put(f.qr_pending_);
        put(f.abandoned_ != request_id{});
        if (f.status_pending_) {
            out.append(to_string(f.status_)).append(f.reason_);
            put(f.status_interval_.count());
        }
        out.append(1, '|').append(f.cause_);
        if (f.user_) out += '|' + f.user_->open_id.value_or("-") + '|' + f.user_->tenant_brand.value_or("-");
        put(f.device_code_.reveal().size());
        put(f.poll_body_.reveal().size());
        return out;
    }

    static std::string exchange_key(const flow& f) {
        const auto event = f.last_exchange();
        if (!event) return {};
        const auto& e = event->exchange;
        std::string out{e.host.text() + ' ' + e.request_id.text()};
        for (const auto name : {to_string(e.step), to_string(e.error), to_string(event->result), to_string(event->next),
                                to_string(event->reason), to_string(event->stop)})
            out.append(1, ' ').append(name);
        for (const auto number : {e.code, std::int64_t{e.number}, std::int64_t{e.http_status}, event->wait.count()})
            out.append(1, ' ').append(std::to_string(number));
        return out;
    }

    /// The same with ids and texts: equal before and after an input that must change nothing.
    static std::string full_key(const flow& f) {
        return key(f) + '#' + std::to_string(f.last_id_) + '#' +
               std::to_string(static_cast<std::uint64_t>(f.abandoned_)) + '#' + f.link_ + '#' + f.verification_uri_ +
               '#' + f.user_code_ + '#' + f.link_parameters_ + '#' + f.device_code_.reveal() + '#' +
               std::string{to_string(f.progress_.reason)} + '#' + exchange_key(f);
    }
};

}  // namespace lark::registration
