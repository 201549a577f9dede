// SPDX-License-Identifier: MIT
#include "registration/flow_change.hpp"

#include "registration/flow_rules.hpp"

#include <utility>

namespace lark::registration::detail {
namespace {

void release(std::string& text) noexcept { std::string{}.swap(text); }

/// The step after the exchange that an input ended.
void add_next(exchange_record& e, const flow_state& f, const change& c) {
    switch (c.next.phase) {
    case phase::due: e.next = next_step::send; return;
    case phase::sent: return;  // no exchange ends with its own request out
    case phase::finished:
        e.next = std::holds_alternative<app>(*c.result) ? next_step::success : next_step::failure;
        e.stop = e.next == next_step::failure ? c.stop : stop_reason::none;
        return;
    case phase::waiting: e.next = next_step::wait; break;
    case phase::expiring: e.next = next_step::expire; break;
    }
    const bool gives_up = f.gives_up_at < c.next.wait_end;
    e.reason = gives_up ? wait_reason::give_up : c.next.reason;
    e.wait = saturating_sub(gives_up ? f.gives_up_at : c.next.wait_end, f.now);
}

void complete(const flow_state& f, change& c) {
    if (c.exchange) {
        c.exchange->result = c.exchange_result;
        add_next(*c.exchange, f, c);
    }
    if (!c.result) return;
    if (auto* why = std::get_if<failure>(&*c.result)) {
        if (c.exchange) add_facts(*why, f, *c.exchange, c.last_log_id);
        else add_facts(*why, f, f.last_exchange, f.last_log_id);
    }
    c.end = std::make_shared<const outcome>(std::move(*c.result));
}

void apply(flow_state& f, change&& c) noexcept {
    if (c.grant) {
        f.grant = std::move(*c.grant);
        f.qr_pending = true;
        release(f.link_parameters);
    }
    if (c.status) {
        f.status = std::move(*c.status);
        f.status_pending = true;
    }
    if (c.last_error) f.last_error = std::move(*c.last_error);
    if (c.user) f.user = std::move(c.user);
    if (c.end) f.outcome = std::move(c.end);
    if (c.exchange) {
        f.last_exchange = *c.exchange;
        f.last_log_id = std::move(c.last_log_id);
    }
    f.position = c.next;
    if (f.is_finished()) finish(f);
}

}  // namespace

void take(flow_state& f, change&& c) {
    if (f.now >= f.gives_up_at && !c.is_end()) give_up(f, c);
    complete(f, c);
    apply(f, std::move(c));
}

/// Device code and link have no use after the end, so they are wiped: nothing that is kept should be worth stealing.
void finish(flow_state& f) noexcept {
    f.position.phase = phase::finished;
    f.grant.poll_body = secret{};
    f.user.reset();
    if (f.now >= f.gives_up_at) f.qr_pending = false;  // the user has no time left for it
    release(f.link_parameters);
    if (f.qr_pending)
        return;  // at the very end of time: the code has expired at once, and its link has not been handed out yet
    f.grant.texts.release();
}

}  // namespace lark::registration::detail
