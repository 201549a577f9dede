// SPDX-License-Identifier: MIT
#pragma once

#include "registration/flow_state.hpp"

#include <lark/registration/flow.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace lark::registration {

/// Looks into a flow, for tests only.
struct flow_test_access {
    static const detail::flow_state& state(const flow& f) { return *f.state_; }
    static std::chrono::seconds interval(const flow& f) { return state(f).position.interval; }
    static time_point now(const flow& f) { return state(f).now; }
    static time_point wait_end(const flow& f) { return state(f).position.wait_end; }
    static time_point expires_at(const flow& f) { return state(f).position.lifetime.expires_at(); }
    static time_point last_poll_at(const flow& f) { return state(f).position.lifetime.last_poll_at(); }
    static bool at_lark(const flow& f) { return state(f).position.at_lark; }
    /// The limit of the poll that is to be handed out is that of the one before it (protocol.md, 4: a switch in the
    /// last poll).
    static bool is_owed_under_a_limit(const flow& f) {
        return f.state_name() == "poll_due" && state(f).position.poll_limit != time_point::max();
    }
    static bool has_device_code(const flow& f) { return !state(f).grant.poll_body.empty(); }
    static bool keeps_the_link(const flow& f) {
        const auto texts = state(f).grant.texts.get();
        return !texts.link.empty() || !texts.verification_uri_complete.empty() || !texts.verification_uri.empty() ||
               !texts.user_code.empty() || !state(f).link_parameters.empty();
    }

    /// All that decides what the flow does from here on, with times relative to its now and without ids: two flows with
    /// the same key behave alike.
    static std::string key(const flow& of) {
        const auto& f = state(of);
        std::string out{of.state_name()};
        const auto put = [&](auto number) { out.append(1, ' ').append(std::to_string(number)); };
        const auto ahead = [&](time_point t) {
            if (t == time_point::max()) out += " max";
            else if (t == time_point::min()) out += " min";
            else put(saturating_sub(t, f.now).count());
        };
        const auto& p = f.position;
        put(p.at_lark);
        put(p.failures);
        put(p.interval.count());
        put(p.lifetime.length().count());
        if (f.outcome) {  // what is left over of the run does not matter any more
            put(f.outcome->index());
            if (const auto* why = std::get_if<failure>(&*f.outcome))
                out += why->code + '|' + why->description + '|' + why->last_error + (why->local ? "|local" : "|");
        } else {
            ahead(p.phase == detail::phase::due    ? p.due_since
                  : p.phase == detail::phase::sent ? p.request_deadline
                                                   : p.wait_end);
            put(p.timeout.count());
            ahead(p.budget_end);
            ahead(f.gives_up_at);
            if (has_device_code(of)) {
                ahead(last_poll_at(of));
                ahead(expires_at(of));
                ahead(p.poll_limit);
            }
        }
        put(f.qr_pending);
        put(p.abandoned != request_id{});
        if (f.status_pending) {
            out.append(to_string(f.status.status)).append(f.status.reason);
            put(f.status.interval.count());
        }
        out.append(1, '|').append(f.last_error);
        if (f.user) out += '|' + f.user->open_id.value_or("-") + '|' + f.user->tenant_brand.value_or("-");
        put(f.grant.poll_body.reveal().size());
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
    static std::string full_key(const flow& of) {
        const auto& f = state(of);
        const auto texts = f.grant.texts.get();
        std::string out = key(of) + '#' + std::to_string(f.position.last_id) + '#' +
                          std::to_string(static_cast<std::uint64_t>(f.position.abandoned));
        for (const auto text : {texts.link, texts.verification_uri_complete, texts.verification_uri, texts.user_code,
                                std::string_view{f.link_parameters}, std::string_view{f.grant.poll_body.reveal()},
                                to_string(f.position.reason)})
            out.append(1, '#').append(text);
        return out + '#' + exchange_key(of);
    }
};

}  // namespace lark::registration
