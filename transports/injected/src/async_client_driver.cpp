// SPDX-License-Identifier: MIT
// A turn of the client: results, cancels, time, and then requests.
#include "async_client_driver.hpp"

#include <lark/injected/client_drain.hpp>

#include "async_feed.hpp"
#include "client_parts.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

namespace lark::injected {
namespace {

using namespace open_platform;

using detail::async_call;

}  // namespace

// --- the loop --------------------------------------------------------------------------------------------------------

bool async_client::driver::handle_result(request_handle id, http_result result) {
    const auto held = shared_from_this();
    if (closed_ || id == request_handle{}) return false;
    if (token_.is_in_flight(id)) {
        arrived_.splice(arrived_.end(), token_.take_answer());
    } else {
        auto* c = calls_.find(id);
        if (c == nullptr) return false;
        arrived_.splice(arrived_.end(), c->answer);
        c->in_flight = {};
    }
    arrived_.back().result = std::move(result);
    run();
    return true;
}

void async_client::driver::handle_timer() {
    const auto held = shared_from_this();
    if (closed_) return;
    clock_.read();
    timer_->expired(clock_.now);
    time_passed_ = true;
    run();
}

void async_client::driver::handle_room() {
    const auto held = shared_from_this();
    if (closed_) return;
    calls_held_ = false;
    token_.room_freed();
    run();
}

/// The timer expires at once if there is more to do and the call has to return to the loop first.
void async_client::driver::arm() {
    if (!ready_.empty() || (!sends_.empty() && !calls_held_)) return timer_->set_at_once(clock_.now);
    auto next = deadlines_.earliest();
    if (const auto its = token_.deadline()) next = next ? std::min(*next, *its) : *its;
    timer_->set_for(next);
}

// --- the work --------------------------------------------------------------------------------------------------------

/// Does all work that is due, in its order. A call from inside a callback or the loop only queues its input.
void async_client::driver::run() {
    if (running_ || closed_) return;
    running_ = true;
    detail::first_exception thrown;
    unsigned sent = 0;
    thrown.guard([&] {
        while (!closed_ && (take_result() || take_ready() || take_due() || take_token_output() ||
                            (sent < sends_per_turn && send_next() && ++sent > 0))) {}
    });
    running_ = false;
    if (!closed_) thrown.guard([this] { arm(); });
    strays_.rethrow();
    thrown.rethrow();
}

bool async_client::driver::take_result() {
    if (arrived_.empty()) return false;
    decltype(arrived_) first;
    first.splice(first.begin(), arrived_, arrived_.begin());
    const auto& a = first.front();
    clock_.read();
    if (a.to == call_id{}) {
        guard_token([&] { token_.feed(a.request, a.result); });
    } else if (auto* c = calls_.find(a.to)) {  // it may have ended since
        guarded(*c, [&] {
            detail::feed_answer(*c->flow, a.request, clock_.now, a.result);
            detail::trace(options_, *c->flow, c->latest, clock_.now, &a.result);
        });
        drain(*c);
    }
    return true;
}

/// Calls that are new, cancelled, or have failed.
bool async_client::driver::take_ready() {
    auto* c = ready_.pop_front();
    if (c != nullptr) drain(*c);
    return c != nullptr;
}

bool async_client::driver::take_due() {
    if (!time_passed_) return false;
    if (token_.is_due()) {
        guard_token([this] { token_.feed_time(); });
        return true;
    }
    const auto index = deadlines_.pop_due(clock_.now);
    time_passed_ = index.has_value();
    if (!index) return false;
    auto& c = *calls_.at(*index);
    guarded(c, [&] {
        c.flow->handle_time(clock_.now);
        detail::trace(options_, *c.flow, c.latest, clock_.now, nullptr);
    });
    drain(c);
    return true;
}

bool async_client::driver::take_token_output() {
    if (!token_.has_output()) return false;
    guard_token([this] {
        const auto over = token_.take_output();
        if (!over) return;
        auto& c = over->call;
        guarded(c, [&] { std::visit([&](const auto& how) { pass_on(c, how); }, over->how); });
        drain(c);
    });
    return true;
}

bool async_client::driver::send_next() {
    const auto* next = sends_.front();
    if (next == nullptr || calls_held_) return false;
    calls_held_ = !loop_.has_room(origin_of(next->flow->url()));  // all are for one host
    if (calls_held_) return false;
    auto* c = sends_.pop_front();
    c->in_flight = calls_.new_request_handle(*c);
    guarded(*c, [&] {
        clock_.read();
        const auto output = c->flow->poll_output(clock_.now);
        const auto& request = std::get<send_call>(output);  // `wants_to_send` said so
        c->answer.assign(1, {c->id, request.request_id, {}});
        c->latest.sent_at = clock_.now;
        loop_.start_request(c->in_flight, to_http_request(request));
    });
    if (c->in_flight == request_handle{}) {  // answered from within: that is taken first, and counts
        c->thrown.reset();
        return true;
    }
    if (c->thrown) c->in_flight = {};  // it was not started
    drain(*c);
    return true;
}

// --- exceptions ------------------------------------------------------------------------------------------------------

/// An exception in the course of one call ends that one.
template <class Function>
void async_client::driver::guarded(async_call& c, Function&& function) noexcept {
    try {
        function();
    } catch (...) {
        c.thrown = detail::failure_of(std::current_exception(), token_.flow(), c.machine());
    }
}

/// An exception in the course of the token ends the calls that wait for it.
template <class Function>
void async_client::driver::guard_token(Function&& function) noexcept {
    try {
        function();
    } catch (...) {
        calls_.for_each([this, thrown = std::current_exception()](async_call& c) {
            if (c.waiter == waiter_id{}) return;
            c.thrown = detail::failure_of(thrown, token_.flow(), c.machine());
            c.unlink();
            ready_.push_back(c);
        });
    }
}

// --- a call ----------------------------------------------------------------------------------------------------------

/// Performs the outputs of a call until it waits. It may have been destroyed on return.
void async_client::driver::drain(async_call& c) {
    if (closed_) return;
    c.unlink();
    deadlines_.clear(slot_of(c));
    auto next = then::goes_on;
    while (next == then::goes_on) guarded(c, [&] { next = c.flow ? step(c, *c.flow) : step_to_token(c); });
    if (next == then::is_over) finish(c);
}

auto async_client::driver::step(async_call& c, call_flow& machine) -> then {
    if (c.cancelled || c.thrown) machine.cancel();
    if (machine.wants_to_send()) {
        sends_.push_back(c);
        return then::waits;
    }
    return std::visit([&](const auto& output) { return perform(c, output); }, machine.poll_output(clock_.now));
}

auto async_client::driver::step_to_token(async_call& c) -> then {
    if (c.cancelled && !c.token) c.token = detail::aborted();
    if (c.token || c.thrown) return then::is_over;
    return perform(c, need_token{});
}

auto async_client::driver::perform(async_call&, const reject_token& bad) -> then {
    token_.reject(bad.id);
    return then::goes_on;
}

auto async_client::driver::perform(async_call& c, const need_token&) -> then {
    token_.ask(c);
    return then::waits;
}

auto async_client::driver::perform(async_call& c, const abandon_request&) -> then {
    if (c.in_flight != request_handle{}) loop_.abandon_request(std::exchange(c.in_flight, request_handle{}));
    return then::goes_on;
}

/// It comes from `send_next` alone.
auto async_client::driver::perform(async_call&, const send_call&) -> then { return then::goes_on; }

auto async_client::driver::perform(async_call& c, const wait_until& wait) -> then {
    deadlines_.set(slot_of(c), wait.deadline);
    return then::waits;
}

auto async_client::driver::perform(async_call&, const finished&) -> then { return then::is_over; }

void async_client::driver::pass_on(async_call& c, const token_granted& granted) {
    if (c.flow) c.flow->handle_token(clock_.now, granted);
    else c.token = secret{granted.token};
}

void async_client::driver::pass_on(async_call& c, const token_refused& refused) {
    if (c.flow) c.flow->handle_no_token(clock_.now, *refused.why);
    else c.token = *refused.why;
}

/// The call is not known any more when its callback runs.
void async_client::driver::finish(async_call& c) {
    const auto last = take_out(c);
    strays_.guard([&] { last->call_back(); });
}

}  // namespace lark::injected

namespace lark::injected::detail {

using namespace open_platform;

void async_call::call_back() {
    if (flow) done(thrown ? api_result{std::move(*thrown)} : *flow->result());
    else has_token(thrown ? token_result{std::move(*thrown)} : *token);
}

}  // namespace lark::injected::detail
