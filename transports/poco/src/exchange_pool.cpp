#include "exchange_pool.hpp"

#include <algorithm>
#include <string>
#include <system_error>

namespace lark::poco::detail {
namespace {

using kind = transport_failure_kind;
using namespace std::chrono_literals;

/// Connections on their way to one host at a time. A burst then finds those that are ready, instead of a handshake each; a
/// slow service gets as many as it needs all the same, one after the other.
constexpr std::size_t max_opening = 8;

/// Connections to a host of which no reply has been seen yet, for a while: the first reply brings the session with which all
/// others are spared a full handshake.
constexpr std::size_t max_unknown = 4;
constexpr auto unknown_for = 3s;

/// How long a host's addresses are used again. The resolver does not tell how long they are good.
constexpr auto addresses_good_for = 10s;

constexpr auto crowded_for = 100ms;

std::uint64_t number_of(injected::ticket id) noexcept { return static_cast<std::uint64_t>(id); }

}  // namespace

exchange_pool::exchange_pool(std::shared_ptr<const settings> config, const event_client_options& options,
                             socket_poll& watched, std::shared_ptr<event_inbox> inbox)
    : config_{std::move(config)},
      max_connections_{options.max_connections_per_host},
      idle_time_{options.idle_time},
      watched_{watched},
      inbox_{std::move(inbox)} {}

exchange_pool::~exchange_pool() {
    while (!slots_.empty()) drop(*slots_.begin()->second);
}

void exchange_pool::start(injected::ticket id, const http_request& request, wire_time now) {
    const auto to = parse_url(request.url);
    auto work = std::make_unique<job>();
    work->id = id;
    work->request = prepare(request, to, config_->user_agent);
    work->to = &host_of(to.where);
    const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(wire_time::max() - now) / 2;
    work->deadline = now + std::clamp(request.timeout, 0ms, longest);
    work->connect_deadline = std::min(work->deadline, now + config_->connect_timeout);
    auto& where = *work->to;
    where.waiting.push_back(id);
    jobs_[number_of(id)] = std::move(work);
    mark(where);
}

void exchange_pool::abandon(injected::ticket id) noexcept {
    const auto it = jobs_.find(number_of(id));
    if (it == jobs_.end()) return;
    // The reply would come all the same, and be taken for the next request's: the connection is of no more use.
    if (auto* on = it->second->on) {
        mark(*on->to);
        drop(*on);
    }
    jobs_.erase(it);
}

exchange_pool::host& exchange_pool::host_of(const endpoint& where) {
    auto& place = hosts_[where];
    if (!place) {
        place = std::make_unique<host>();
        place->where = where;
    }
    return *place;
}

exchange_pool::job* exchange_pool::find(injected::ticket id) {
    const auto it = jobs_.find(number_of(id));
    return it == jobs_.end() ? nullptr : it->second.get();
}

void exchange_pool::mark(host& to) {
    if (!std::exchange(to.to_serve, true)) to_serve_.push_back(&to);
}

void exchange_pool::pump(wire_time now) {
    for (const auto number : std::exchange(to_drive_, {}))
        if (const auto it = slots_.find(number); it != slots_.end()) drive(*it->second, now);
    // Serving one may fail at once and mark its host again: that turn comes later, or many refusals would nest.
    while (!to_serve_.empty()) {
        auto* next = to_serve_.back();
        to_serve_.pop_back();
        next->to_serve = false;
        serve(*next, now);
    }
}

void exchange_pool::serve(host& to, wire_time now) {
    while (!to.waiting.empty()) {
        auto* next = find(to.waiting.front());
        if (next == nullptr) {  // abandoned
            to.waiting.pop_front();
            continue;
        }
        if (slot* kept = next->fresh_only ? nullptr : take_idle(to)) {
            to.waiting.pop_front();
            assign(*kept, *next, now);
            continue;
        }
        const bool crowded = now < crowded_until_ && !slots_.empty();
        if (to.opening >= max_opening || to.connections >= max_connections_ || crowded) break;
        if (to.connections >= max_unknown && now < to.unknown_until) break;
        if (now >= to.way_until) {
            resolve(to);
            break;
        }
        to.waiting.pop_front();
        open(to, *next, now);
    }
    // What still waits is bounded in time too.
    for (auto it = to.waiting.rbegin(); it != to.waiting.rend(); ++it) {
        auto* late = find(*it);
        if (late == nullptr) continue;
        if (std::exchange(late->has_timer, true)) break;  // and so have those before it
        timers_.push({late->connect_deadline, number_of(late->id), true});
    }
}

exchange_pool::slot* exchange_pool::take_idle(host& to) {
    while (!to.idle.empty()) {
        slot* last = to.idle.back();
        if (last->line->still_alive()) {
            to.idle.pop_back();
            return last;
        }
        drop(*last);
    }
    return nullptr;
}

void exchange_pool::resolve(host& to) {
    if (std::exchange(to.resolving, true)) return;
    const auto* proxy = config_->proxies.find(to.where);
    const auto& peer = proxy != nullptr ? proxy->where : to.where;
    try {
        resolver_.resolve(peer.host, peer.port, [inbox = inbox_, who = to.where](resolution answer) {
            inbox->leave(who, std::move(answer));
        });
    } catch (const std::system_error& error) {
        to.resolving = false;
        fail_waiting(to, {kind::connect, std::string{"out of resources: "} + error.what()});
    }
}

void exchange_pool::handle_resolved(wire_time now) {
    for (auto& [who, answer] : inbox_->take()) {
        auto& to = host_of(who);
        to.resolving = false;
        if (auto* failure = std::get_if<transport_failure>(&answer)) {
            fail_waiting(to, resolver_failure(config_->proxies, who, std::move(*failure)));
        } else {
            to.way = std::get<addresses>(std::move(answer));
            to.way_until = now + addresses_good_for;
        }
        mark(to);
    }
}

void exchange_pool::open(host& to, job& first, wire_time now) {
    if (to.unknown_until == wire_time::max()) {
        to.unknown_until = now + unknown_for;
        timers_.push({to.unknown_until, number_of(first.id), true});
    }
    auto made = std::make_unique<slot>();
    auto& one = *made;
    one.number = ++last_slot_;
    one.to = &to;
    session_ptr resume;
    if (to.session && SSL_SESSION_up_ref(to.session.get()) == 1) resume.reset(to.session.get());
    one.line = std::make_unique<connection>(config_, to.where, to.way, std::move(resume),
                                            [this, &one](const Poco::Net::StreamSocket&) { unwatch(one); });
    slots_[one.number] = std::move(made);
    ++to.connections;
    ++to.opening;
    first.connect_deadline = now + config_->connect_timeout;  // its way begins here
    assign(one, first, now);
}

void exchange_pool::assign(slot& on, job& work, wire_time now) {
    on.work = &work;
    on.idle_until = wire_time::max();
    work.on = &on;
    on.line->begin(std::move(work.request), work.connect_deadline, work.deadline);
    drive(on, now);
}

void exchange_pool::drive(slot& one, wire_time now) {
    const auto step = one.line->advance(now);
    switch (step.is) {
    case progress::what::replied: return replied(one, now);
    case progress::what::failed: return failed(one, now);
    case progress::what::again: to_drive_.push_back(one.number); break;
    case progress::what::wait: watch(one, step); break;
    }
    if (!one.line->opening()) opened(one);
    arm(one, one.line->deadline());
}

void exchange_pool::opened(slot& one) {
    if (!std::exchange(one.opening, false)) return;
    --one.to->opening;
    mark(*one.to);
}

void exchange_pool::replied(slot& one, wire_time now) {
    opened(one);
    auto& to = *one.to;
    to.unknown_until = wire_time::min();
    if (one.line->replies() == 1)  // the tickets of TLS 1.3 are there by now
        if (auto session = one.line->session()) to.session = std::move(session);
    auto& done = *one.work;
    done.on = nullptr;
    one.work = nullptr;
    auto response = one.line->take_reply();
    if (one.line->reusable()) {
        to.idle.push_back(&one);
        watch(one, {progress::what::wait, true, false});
        one.idle_until = now + idle_time_;
        arm(one, one.idle_until);
    } else {
        drop(one);
    }
    finish(done, std::move(response));
    mark(to);
}

void exchange_pool::failed(slot& one, wire_time now) {
    auto& to = *one.to;
    auto& work = *one.work;
    const bool was_opening = one.opening;
    const auto why = one.line->failure();
    const bool crowded = one.line->out_of_sockets() && slots_.size() > 1;
    const bool send_again = one.line->may_send_again() && !work.fresh_only;
    if (crowded || send_again) work.request = one.line->take_request();
    work.on = nullptr;
    one.work = nullptr;
    drop(one);
    mark(to);
    if (crowded || send_again) {
        if (crowded) crowded_until_ = now + crowded_for;
        work.fresh_only = work.fresh_only || send_again;
        work.has_timer = true;
        to.waiting.push_front(work.id);
        timers_.push({crowded ? crowded_until_ : work.deadline, number_of(work.id), true});
        return;
    }
    finish(work, why);
    if (!was_opening) return;
    to.session.reset();
    to.way_until = wire_time::min();
    // Nobody has to find out for himself what the last attempt has shown.
    if (to.connections == 0) fail_waiting(to, why);
}

void exchange_pool::handle_event(int fd, wire_time now) {
    const auto it = by_descriptor_.find(fd);
    if (it == by_descriptor_.end()) return;  // closed in this very turn
    auto& one = *it->second;
    if (one.work != nullptr) return drive(one, now);
    // Idle: an end, a ticket, or words out of turn.
    if (!one.line->still_alive()) drop(one);
}

void exchange_pool::handle_time(wire_time now) {
    while (!timers_.empty() && timers_.top().at <= now) {
        const auto due = timers_.top();
        timers_.pop();
        if (due.of_job) {
            auto* late = find(injected::ticket{due.id});
            if (late != nullptr) mark(*late->to);
            if (late == nullptr || late->on != nullptr) continue;
            if (now < late->deadline && !late->to->resolving) {
                timers_.push({late->deadline, due.id, true});
                continue;
            }
            finish(*late, waited_in_vain(*late->to));
            continue;
        }
        const auto it = slots_.find(due.id);
        if (it == slots_.end()) continue;
        auto& one = *it->second;
        one.timer = wire_time::max();
        if (one.work != nullptr)
            drive(one, now);
        else if (now >= one.idle_until)
            drop(one);
        else
            arm(one, one.idle_until);
    }
}

wire_time exchange_pool::deadline() const {
    if (!results_.empty() || !to_drive_.empty() || !to_serve_.empty()) return wire_time::min();
    return timers_.empty() ? wire_time::max() : timers_.top().at;
}

void exchange_pool::arm(slot& one, wire_time at) {
    // A later deadline needs no entry: when the earlier one comes up, it is looked at again.
    if (at >= one.timer) return;
    one.timer = at;
    timers_.push({at, one.number, false});
}

void exchange_pool::watch(slot& one, const progress& how) {
    const socket_poll::interest mode{how.read, how.write};
    const int fd = one.line->fd();
    if (one.watched == fd) {
        if (one.mode != mode) watched_.update(fd, mode);
    } else {
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

void exchange_pool::drop(slot& one) noexcept {
    auto& to = *one.to;
    --to.connections;
    if (one.opening) --to.opening;
    const auto idle = std::find(to.idle.begin(), to.idle.end(), &one);
    if (idle != to.idle.end()) to.idle.erase(idle);
    const auto number = one.number;
    slots_.erase(number);  // closes, which unwatches
}

void exchange_pool::finish(job& done, http_result end) {
    results_.emplace_back(done.id, std::move(end));
    jobs_.erase(number_of(done.id));
}

void exchange_pool::fail_waiting(host& to, const transport_failure& why) {
    for (const auto id : std::exchange(to.waiting, {}))
        if (auto* one = find(id)) finish(*one, why);
}

transport_failure exchange_pool::waited_in_vain(const host& to) const {
    if (to.resolving) return resolver_failure(config_->proxies, to.where, {kind::timeout, "no answer in time"});
    return {kind::timeout, "request to " + host_and_port(to.where) + ": no connection became free in time"};
}

}  // namespace lark::poco::detail
