// SPDX-License-Identifier: MIT
#include "admission.hpp"

namespace lark::injected::detail {

send_queue::~send_queue() = default;

host& send_queue::host_of(std::string_view url) {
    const auto origin = origin_of(url);
    auto found = hosts_.find(origin);
    if (found == hosts_.end()) found = hosts_.try_emplace(std::string{origin}).first;
    found->second.origin_ = &found->first;
    return found->second;
}

void send_queue::add_user(host& h) noexcept { ++h.users_; }

void send_queue::remove_user(host& h) noexcept {
    if (--h.users_ > 0) return;
    hosts_.erase(hosts_.find(*h.origin_));
}

void send_queue::push(waiter& w, host& at, urgency u) noexcept {
    at.line_of(u).waiters.push_back(w);
    ++waiting_;
    if (u == urgency::start) ++starts_;
    update(at);
}

void send_queue::remove(waiter& w, host& at) noexcept {
    const bool starts = w.is_in(at.start_.waiters);
    if (!starts && !w.is_in(at.due_.waiters)) return;
    if (starts) --starts_;
    w.unlink();
    --waiting_;
    update(at);
}

waiter* send_queue::pop(urgency u) noexcept {
    if (!can_pop(u)) return nullptr;
    auto& next = *ring(u).pop_front();
    auto* w = next.waiters.pop_front();
    --waiting_;
    if (u == urgency::start) --starts_;
    ++in_flight_;
    ++next.of->in_flight_;
    update(*next.of);
    return w;
}

bool send_queue::can_pop(urgency u) const noexcept {
    return in_flight_ < places_ && !(u == urgency::due ? due_ : start_).empty();
}

host* send_queue::next(urgency u) const noexcept {
    if (!can_pop(u)) return nullptr;
    return (u == urgency::due ? due_ : start_).front()->of;
}

void send_queue::hold(host& h) noexcept {
    held_.push_back(h);
    update(h);
}

void send_queue::release_held() noexcept {
    while (auto* h = held_.pop_front()) update(*h);
}

void send_queue::release(host& at) noexcept {
    --in_flight_;
    --at.in_flight_;
    update(at);
}

/// Keeps the invariant: a line is in the ring exactly while it has waiters and its host has a free place and is not
/// held.
void send_queue::update(host& h) noexcept {
    for (const auto u : {urgency::due, urgency::start}) {
        auto& l = h.line_of(u);
        const bool ready = !l.waiters.empty() && h.in_flight_ < places_per_host_ && !h.is_linked();
        if (ready && !l.is_linked()) ring(u).push_back(l);
        if (!ready) l.unlink();
    }
}

}  // namespace lark::injected::detail
