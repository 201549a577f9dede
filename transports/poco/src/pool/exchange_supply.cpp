// SPDX-License-Identifier: MIT
// Connections for the requests that wait: kept ones first, then new ones, as many as make sense at a time. And whether
// there is one for one more request: a caller that asks before each can hold back those that would only wait, so that
// their timeouts have not begun.
#include "pool/exchange_supply.hpp"

#include "pool/exchange_pool.hpp"

#include <algorithm>
#include <system_error>

namespace lark::poco::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto unknown_for = 3s;

std::size_t left_of(std::size_t most, std::size_t used) noexcept { return most - std::min(most, used); }

}  // namespace

connection_limits connection_limits::of(const event_loop_options& options) noexcept {
    const auto all = std::max<std::size_t>(1, max_descriptors() / 2);
    const auto left = all == 1 ? 0 : std::max<std::size_t>(1, all / 4);
    return {all, std::min(options.max_connections_per_host, all - left)};
}

void exchange_host::learn(addresses found, wire_time good_until) {
    known = std::move(found);
    known_until = good_until;
    if (preferred_) put_first(known, *preferred_);
}

void exchange_host::prefer(const Poco::Net::SocketAddress& address) {
    if (preferred_ == address) return;
    preferred_ = address;
    put_first(known, address);
}

exchange_host& exchange_pool::host_of(const endpoint& where) {
    if (const auto it = by_endpoint_.find(where); it != by_endpoint_.end()) return *it->second;
    to_serve_.reserve(hosts_.size() + 1);
    out_of_places_.reserve(hosts_.size() + 1);
    refused_.reserve(hosts_.size() + 1);
    auto& made = *hosts_.emplace_back(std::make_unique<host>());
    made.where = where;
    made.number = hosts_.size() - 1;
    by_endpoint_.emplace(where, &made);
    return made;
}

void exchange_pool::mark(host& to) noexcept {
    if (!std::exchange(to.to_serve, true)) to_serve_.push_back(&to);
}

void exchange_pool::serve(host& to, wire_time now) {
    if (now < to.fails_until) fail_waiting(to, *to.failure);
    while (auto* next = first_of(to.waiting)) {
        slot* kept = take_idle(to, now);
        if (kept == nullptr) break;
        to.waiting.pop_front();
        assign(*kept, *next, now);
    }
    for (auto* queue : {&to.again, &to.waiting}) {
        for (auto* next = first_of(*queue); next != nullptr && may_open(to, now); next = first_of(*queue)) {
            queue->pop_front();
            open(to, *next, now);
        }
    }
    to.just_resolved = false;
    bound_the_wait(to.again);
    bound_the_wait(to.waiting);
}

/// Past those that were abandoned.
exchange* exchange_pool::first_of(std::deque<injected::request_handle>& queue) {
    while (!queue.empty()) {
        if (auto* first = find(queue.front())) return first;
        queue.pop_front();
    }
    return nullptr;
}

void exchange_pool::bound_the_wait(std::deque<injected::request_handle>& queue) {
    for (auto it = queue.rbegin(); it != queue.rend(); ++it) {
        auto* waits = find(*it);
        if (waits == nullptr) continue;
        if (std::exchange(waits->has_timer, true)) return;  // and so have those before it
        timers_.push({waits->connect_deadline, whose::exchange, static_cast<std::uint64_t>(waits->id)});
    }
}

exchange_slot* exchange_pool::take_idle(host& to, wire_time now) {
    while (!to.idle.empty()) {
        slot* last = to.idle.back();
        if (now < last->idle_until && last->wire->is_fresh(now, to.limit.trusted()) && last->wire->still_alive()) {
            to.idle.pop_back();
            --idle_;
            return last;
        }
        drop(*last);
    }
    return nullptr;
}

/// Whether another connection to the host may be opened now. If not, something will have the host served again: a
/// connection that becomes ready or is closed, the answer of the resolver, or a time.
bool exchange_pool::may_open(host& to, wire_time now) {
    if (to.opening >= most_opening || to.connections >= limits_.to_a_host) return false;
    if (to.connections >= most_unknown && now < to.unknown_until) {
        serve_at(to, to.unknown_until);
        return false;
    }
    if (slots_.size() >= limits_.in_all && !close_an_idle_one()) {
        if (!std::exchange(to.out_of_places, true)) out_of_places_.push_back(&to);
        return false;
    }
    if (now < no_descriptors_until_ && !slots_.empty()) {
        serve_at(to, no_descriptors_until_);
        return false;
    }
    if (now >= to.known_until) {
        resolve(to, now);
        return false;
    }
    return true;
}

/// The one that has been idle for longest, at whichever host.
bool exchange_pool::close_an_idle_one() noexcept {
    slot* oldest = nullptr;
    for (const auto& one : hosts_)
        if (!one->idle.empty() && (oldest == nullptr || one->idle.front()->idle_until < oldest->idle_until))
            oldest = one->idle.front();
    if (oldest != nullptr) drop(*oldest);
    return oldest != nullptr;
}

void exchange_pool::open(host& to, exchange& first, wire_time now) {
    if (to.unknown_until == wire_time::max()) to.unknown_until = now + unknown_for;
    auto made = std::make_unique<slot>();
    auto& one = *made;
    one.number = ++last_slot_;
    one.to = &to;
    session_ptr resume;
    if (to.session && SSL_SESSION_up_ref(to.session.get()) == 1) resume.reset(to.session.get());
    one.wire =
        std::make_unique<connection>(config_, to.where, to.known, std::move(resume), [this, &one] { unwatch(one); });
    slots_[one.number] = std::move(made);
    ++to.connections;
    ++to.opening;
    // The resolver has taken part of the time to connect; a wait for a place has not.
    if (!to.just_resolved) first.connect_deadline = now + config_->connect_timeout;
    assign(one, first, now);
}

void exchange_pool::resolve(host& to, wire_time now) {
    if (to.resolving) return;
    const auto* proxy = config_->proxies.find(to.where);
    if (const auto failure = proxy_failure(proxy)) return host_failed(to, *failure, now);
    const auto& peer = proxy != nullptr ? proxy->where : to.where;
    try {
        resolver_.resolve(peer.host, peer.port,
                          [inbox = inbox_, reserved = event_inbox::reserve(to.where)](resolution answer) {
                              reserved->front().second = std::move(answer);
                              inbox->deliver(*reserved);
                          });
        to.resolving = true;
    } catch (const std::system_error& error) {
        host_failed(to, {transport_failure_kind::connect, std::string{"out of resources: "} + error.what()}, now);
    }
}

void exchange_pool::drop(slot& one) noexcept {
    auto& to = *one.to;
    --to.connections;
    if (one.opening) --to.opening;
    const auto idle = std::find(to.idle.rbegin(), to.idle.rend(), &one);
    if (idle != to.idle.rend()) {
        to.idle.erase(std::next(idle).base());
        --idle_;
    }
    const auto number = one.number;
    slots_.erase(number);  // closes, which unwatches
    for (auto* waits : out_of_places_) {
        waits->out_of_places = false;
        mark(*waits);
    }
    out_of_places_.clear();
}

void exchange_pool::serve_at(host& to, wire_time at) {
    if (at >= to.timer) return;
    to.timer = at;
    timers_.push({at, whose::host, to.number});
}

void exchange_pool::arm(slot& one, wire_time at) {
    // A later deadline needs no entry: when the earlier one comes up, it is looked at again.
    if (at >= one.timer) return;
    one.timer = at;
    timers_.push({at, whose::slot, one.number});
}

void exchange_pool::watch(slot& one, const connection_step& how) {
    const socket_poll::interest mode{how.read, how.write};
    const int fd = one.wire->fd();
    if (one.watched == fd) {
        if (one.mode != mode) watched_.update(fd, mode);
    } else {
        unwatch(one);
        watched_.add(fd, mode);
        one.watched = fd;
        by_descriptor_[fd] = &one;
    }
    one.mode = mode;
}

void exchange_pool::unwatch(slot& one) noexcept {
    if (one.watched < 0) return;
    watched_.remove(one.watched);
    by_descriptor_.erase(std::exchange(one.watched, -1));
}

bool exchange_pool::has_room(std::string_view origin, wire_time now) noexcept {
    const auto known = by_origin_.find(origin);
    if (known == by_origin_.end()) {
        const bool room = slots_.size() - idle_ + waits_ < limits_.in_all;
        refused_unknown_ = refused_unknown_ || !room;
        return room;
    }
    auto& to = *known->second;
    if (has_room(to, now)) return true;
    if (!std::exchange(to.refused, true)) refused_.push_back(&to);
    return false;
}

bool exchange_pool::has_room(const host& to, wire_time now) const noexcept {
    if (now < to.fails_until) return true;
    return to.waits < to.idle.size() + may_be_opened(to, now);
}

/// As `may_open`, for several, and without beginning anything.
std::size_t exchange_pool::may_be_opened(const host& to, wire_time now) const noexcept {
    if (now < no_descriptors_until_ && !slots_.empty()) return 0;
    auto count = std::min(left_of(most_opening, to.opening), left_of(limits_.to_a_host, to.connections));
    if (now < to.unknown_until) count = std::min(count, left_of(most_unknown, to.connections));
    // Idle connections to other hosts can be closed, and the requests that wait for those may need one each.
    const auto used = slots_.size() - (idle_ - to.idle.size()) + (waits_ - to.waits);
    return std::min(count, left_of(limits_.in_all, used));
}

void exchange_pool::look_for_room(wire_time now) {
    if (refused_unknown_ && slots_.size() - idle_ + waits_ < limits_.in_all) {
        refused_unknown_ = false;
        room_ = true;
    }
    std::erase_if(refused_, [&](host* to) {
        if (has_room(*to, now)) {
            room_ = true;
            to->refused = false;
            return true;
        }
        // All else that makes room is an event.
        if (now < to->unknown_until) serve_at(*to, to->unknown_until);
        if (now < no_descriptors_until_) serve_at(*to, no_descriptors_until_);
        return false;
    });
}

}  // namespace lark::poco::detail
