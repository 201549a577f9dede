// SPDX-License-Identifier: MIT
// The exchanges: requests from their start to their result. Which connection each gets is in exchange_supply.cpp.
#include "pool/exchange_pool.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <string>

namespace lark::poco::detail {
namespace {

using kind = transport_failure_kind;
using namespace std::chrono_literals;

constexpr auto no_descriptors_for = 100ms;

std::uint64_t number_of(injected::request_handle id) noexcept { return static_cast<std::uint64_t>(id); }

}  // namespace

exchange_pool::exchange_pool(std::shared_ptr<const client_config> config, const event_loop_options& options,
                             socket_poll& watched, std::shared_ptr<event_inbox> inbox, resolver names)
    : config_{std::move(config)},
      limits_{connection_limits::of(options)},
      idle_time_{options.idle_time},
      watched_{watched},
      inbox_{std::move(inbox)},
      resolver_{std::move(names)} {}

exchange_pool::~exchange_pool() {
    while (!slots_.empty()) drop(*slots_.begin()->second);
}

const exchange_pool::destination& exchange_pool::destination_of(const std::string& url) {
    if (last_.at == nullptr || last_.url != url) {
        destination next{url, parse_url(url), nullptr};
        next.at = &host_of(next.to.where);
        by_origin_.try_emplace(std::string{origin_of(url)}, next.at);
        last_ = std::move(next);
    }
    return last_;
}

void exchange_pool::start(injected::request_handle id, const http_request& request, wire_time now) {
    const auto& [url, to, at] = destination_of(request.url);
    auto work = std::make_unique<exchange>();
    work->id = id;
    work->end.emplace_back(id, http_result{});
    work->request = prepare(request, to, config_->user_agent);
    work->to = at;
    const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(wire_time::max() - now) / 2;
    work->deadline = now + std::clamp(request.timeout, 0ms, longest);
    work->connect_deadline = std::min(work->deadline, now + config_->connect_timeout);
    at->waiting.push_back(id);
    auto& added = *(exchanges_[number_of(id)] = std::move(work));
    set_waits(added, true);
    mark(*at);
}

void exchange_pool::abandon(injected::request_handle id) noexcept {
    const auto it = exchanges_.find(number_of(id));
    if (it == exchanges_.end()) return;
    auto& work = *it->second;
    mark(*work.to);  // there may be room for another one
    set_waits(work, false);
    // The reply would come all the same, and be taken for the next request's: the connection is of no more use.
    if (work.on != nullptr) drop(*work.on);
    exchanges_.erase(it);
}

exchange* exchange_pool::find(injected::request_handle id) {
    const auto it = exchanges_.find(number_of(id));
    return it == exchanges_.end() ? nullptr : it->second.get();
}

void exchange_pool::fail_all() noexcept {
    while (!exchanges_.empty()) {
        auto& work = *exchanges_.begin()->second;
        finish(work, transport_failure{work.on != nullptr ? kind::cut : kind::connect, "out of memory"});
    }
    while (!slots_.empty()) drop(*slots_.begin()->second);
    for (const auto& one : hosts_) {
        one->waiting.clear();
        one->again.clear();
        one->resolving = false;  // an answer that still comes is welcome
        one->refused = false;
        one->timer = wire_time::max();
    }
    timers_ = {};
    to_drive_.clear();
    refused_.clear();
    refused_unknown_ = false;
    room_ = true;
}

void exchange_pool::pump(wire_time now) {
    // An event in the same turn may have brought the rest, and the connection be idle by now.
    for (const auto number : std::exchange(to_drive_, {}))
        if (const auto it = slots_.find(number); it != slots_.end() && it->second->work != nullptr)
            drive(*it->second, now);
    // Serving one may fail at once and mark its host again: that turn comes later, or many refusals would nest.
    while (!to_serve_.empty()) {
        auto* next = to_serve_.back();
        to_serve_.pop_back();
        next->to_serve = false;
        serve(*next, now);
    }
    look_for_room(now);
}

void exchange_pool::assign(slot& on, exchange& work, wire_time now) {
    on.work = &work;
    on.idle_until = wire_time::max();
    work.on = &on;
    set_waits(work, false);
    on.wire->begin(std::move(work.request), work.connect_deadline, work.deadline, now);
    drive(on, now);
}

void exchange_pool::drive(slot& one, wire_time now) {
    const auto number = one.number;
    std::string reason;
    try {
        return advance(one, now);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {  // the kernel watches no more sockets: this one alone fails
        reason = error.what();
    }
    const auto it = slots_.find(number);
    if (it == slots_.end()) return;
    if (it->second->work != nullptr) return failed(*it->second, {kind::connect, "out of resources: " + reason}, now);
    auto& to = *it->second->to;
    drop(*it->second);
    mark(to);
}

void exchange_pool::advance(slot& one, wire_time now) {
    const auto step = one.wire->advance(now);
    switch (step.is) {
    case connection_step::what::replied: return replied(one, now);
    case connection_step::what::failed: return failed(one, one.wire->failure(), now);
    case connection_step::what::again: to_drive_.push_back(one.number); break;
    case connection_step::what::wait: watch(one, step); break;
    }
    if (!one.wire->opening()) opened(one);
    arm(one, one.wire->deadline());
}

void exchange_pool::opened(slot& one) {
    if (!std::exchange(one.opening, false)) return;
    --one.to->opening;
    if (one.to->where.tls) ++(one.wire->resumed() ? handshakes_resumed_ : handshakes_full_);
    one.to->prefer(one.wire->address());
    one.to->fails_until = wire_time::min();
    mark(*one.to);
}

void exchange_pool::replied(slot& one, wire_time now) {
    auto response = one.wire->take_reply();
    auto& done = *std::exchange(one.work, nullptr);
    done.on = nullptr;
    finish(done, std::move(response));  // before all else that may fail: it may hold credentials
    opened(one);
    auto& to = *one.to;
    to.unknown_until = wire_time::min();
    if (one.wire->replies() == 1)  // the tickets of TLS 1.3 are there by now
        if (auto session = one.wire->session()) to.session = std::move(session);
    const auto idle_until = std::min(now + std::min(idle_time_, to.limit.trusted()), one.wire->announced_end());
    if (one.wire->reusable() && idle_until > now) {
        to.idle.push_back(&one);
        ++idle_;
        watch(one, {connection_step::what::wait, true, false});
        one.idle_until = idle_until;
        arm(one, one.idle_until);
    } else {
        drop(one);
    }
    mark(to);
}

void exchange_pool::failed(slot& one, const transport_failure& reason, wire_time now) {
    const auto why = reason;  // it may be the connection's
    auto& to = *one.to;
    auto& work = *one.work;
    const bool was_opening = one.opening;
    const bool no_descriptors = one.wire->out_of_descriptors() && slots_.size() > 1;
    if (const auto idle = one.wire->lost_after_idle()) to.limit.lost_after(*idle);
    const bool send_again = one.wire->may_send_again() && !work.sent_before;
    if (no_descriptors || send_again) work.request = one.wire->take_request();
    work.on = nullptr;
    one.work = nullptr;
    drop(one);
    mark(to);
    if (no_descriptors || send_again) {
        // A descriptor that lies idle is given up for one that is needed; without any, others may come free in a while.
        if (no_descriptors && !close_an_idle_one()) no_descriptors_until_ = now + no_descriptors_for;
        work.sent_before = work.sent_before || send_again;
        work.has_timer = true;
        (work.sent_before ? to.again : to.waiting).push_front(work.id);
        set_waits(work, true);
        timers_.push({work.deadline, whose::exchange, number_of(work.id)});
        return;
    }
    const bool out_of_its_own_time = why.kind == kind::timeout && now >= work.deadline;
    finish(work, why);
    if (!was_opening || out_of_its_own_time) return;
    to.session.reset();
    to.known_until = wire_time::min();
    // The requests that wait would meet the same failure.
    const bool too_slow = why.kind == kind::timeout && to.connections == to.opening && to.refused;
    if (to.connections == 0 || too_slow) host_failed(to, why, now);
}

void exchange_pool::handle_event(int fd, wire_time now) {
    const auto it = by_descriptor_.find(fd);
    if (it == by_descriptor_.end()) return;  // closed in this very turn
    auto& one = *it->second;
    if (one.work != nullptr) return drive(one, now);
    // Idle: an end, a ticket, or data that was not asked for.
    if (!one.wire->still_alive()) drop(one);
}

void exchange_pool::handle_resolved(wire_time now) {
    constexpr auto addresses_good_for = 10s;  // the resolver does not tell
    for (auto& [who, answer] : inbox_->take()) {
        auto& to = host_of(who);
        to.resolving = false;
        to.just_resolved = true;
        if (auto* failure = std::get_if<transport_failure>(&answer))
            host_failed(to, resolver_failure(config_->proxies, who, std::move(*failure)), now);
        else to.learn(std::get<addresses>(std::move(answer)), now + addresses_good_for);
        mark(to);
    }
}

void exchange_pool::handle_time(wire_time now) {
    while (!timers_.empty() && timers_.top().at <= now) {
        const auto due = timers_.top();
        timers_.pop();
        switch (due.of) {
        case whose::exchange: exchange_time(injected::request_handle{due.number}, now); break;
        case whose::slot:
            if (const auto it = slots_.find(due.number); it != slots_.end()) slot_time(*it->second, now);
            break;
        case whose::host: {
            // An index of `hosts_`; the handles and slots of the other cases are 64 bits wide on every machine.
            auto& late = *hosts_[static_cast<std::size_t>(due.number)];
            late.timer = wire_time::max();
            mark(late);
            break;
        }
        }
    }
}

void exchange_pool::exchange_time(injected::request_handle id, wire_time now) {
    auto* late = find(id);
    if (late == nullptr || late->on != nullptr) return;
    // The time to connect counts while it waits for the resolver, and not while it waits for a place.
    if (now < late->deadline && !late->to->resolving) {
        timers_.push({late->deadline, whose::exchange, number_of(id)});
        return;
    }
    auto& to = *late->to;
    const auto why = waited_in_vain(to);
    const bool in_its_own_time = now < late->deadline;
    finish(*late, why);
    if (in_its_own_time && to.refused) host_failed(to, why, now);
}

void exchange_pool::slot_time(slot& one, wire_time now) {
    one.timer = wire_time::max();
    if (one.work != nullptr) drive(one, now);
    else if (now >= one.idle_until) drop(one);
    else arm(one, one.idle_until);
}

wire_time exchange_pool::deadline() const {
    if (!results_.empty() || !to_drive_.empty() || !to_serve_.empty() || room_) return wire_time::min();
    return timers_.empty() ? wire_time::max() : timers_.top().at;
}

event_loop_stats exchange_pool::stats() const noexcept {
    event_loop_stats out;
    for (const auto& one : hosts_) {
        out.opening += one->opening;
        out.resolving += one->resolving ? 1u : 0u;
    }
    out.open = slots_.size() - out.opening;
    out.idle = idle_;
    out.waiting = waits_;
    out.handshakes_full = handshakes_full_;
    out.handshakes_resumed = handshakes_resumed_;
    return out;
}

void exchange_pool::finish(exchange& done, http_result end) noexcept {
    done.end.front().second = std::move(end);
    results_.splice(results_.end(), done.end);
    set_waits(done, false);
    exchanges_.erase(number_of(done.id));
}

void exchange_pool::set_waits(exchange& work, bool waits) noexcept {
    if (std::exchange(work.waits, waits) == waits) return;
    work.to->waits += waits ? 1 : std::size_t(-1);
    waits_ += waits ? 1 : std::size_t(-1);
}

void exchange_pool::fail_waiting(host& to, const transport_failure& why) {
    for (auto* queue : {&to.again, &to.waiting})
        for (const auto id : std::exchange(*queue, {}))
            if (auto* one = find(id)) finish(*one, why);
}

/// A failure that all who wait would meet. Those that were refused wait elsewhere: one by one they would take their
/// turns with a host that is not there, so for a moment they are taken in and fail with the others.
void exchange_pool::host_failed(host& to, const transport_failure& why, wire_time now) {
    constexpr auto fails_for = 250ms;
    fail_waiting(to, why);
    if (!to.refused) return;
    to.failure = why;
    to.fails_until = now + fails_for;
}

transport_failure exchange_pool::waited_in_vain(const host& to) const {
    if (to.resolving) return resolver_failure(config_->proxies, to.where, {kind::timeout, "no answer in time"});
    return {kind::timeout, "request to " + host_and_port(to.where) + ": no connection became free in time"};
}

}  // namespace lark::poco::detail
