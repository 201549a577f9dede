// SPDX-License-Identifier: MIT
// A turn of the set: results, cancels, time, and then requests.
#include "flow_set_driver.hpp"

#include <lark/injected/drain.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace lark::injected {

using namespace registration;
using detail::urgency;

namespace {

/// Requests that one call starts before it returns to the loop: answers and cancels must not wait for thousands of
/// them.
constexpr unsigned sends_per_turn = 32;

}  // namespace

bool flow_set::driver::handle_result(request_handle id, http_result result) {
    auto* t = entries_.find(id);
    if (t == nullptr) return false;
    t->answer.front().result = std::move(result);
    arrived_.splice(arrived_.end(), t->answer);
    give_back(*t);
    run();
    return true;
}

void flow_set::driver::handle_timer() {
    clock_.read();
    timer_.expired(clock_.now);
    time_passed_ = true;
    run();
}

void flow_set::driver::handle_room() {
    admission_.queue.release_held();
    run();
}

/// Does all work that is due, in its order. A call from inside a handler or the loop only queues its input.
void flow_set::driver::run() {
    if (running_) return;
    running_ = true;
    detail::first_exception of_loop;
    of_loop.guard([this] {
        unsigned sent = 0;
        while (take_result() || take_cancelled() || take_due() ||
               (sent < sends_per_turn && send_next() && ++sent > 0)) {}
        arm();
    });
    running_ = false;
    of_loop.rethrow();
    strays_.rethrow();
}

bool flow_set::driver::take_result() {
    if (arrived_.empty()) return false;
    decltype(arrived_) first;
    first.splice(first.begin(), arrived_, arrived_.begin());
    const auto& a = first.front();
    auto* t = entries_.find(a.to);
    if (t == nullptr) return true;  // it has ended since
    guarded(*t, [&] {
        clock_.read();
        admission_.learn(clock_.now - t->latest.sent_at);
        t->handle_result(a.request, clock_.now, a.result);
    });
    drain(*t);
    return true;
}

bool flow_set::driver::take_cancelled() {
    auto* t = static_cast<entry*>(cancelled_.pop_front());
    if (t != nullptr) drain(*t);
    return t != nullptr;
}

bool flow_set::driver::take_due() {
    if (!time_passed_) return false;
    const auto index = deadlines_.pop_due(clock_.now);
    time_passed_ = index.has_value();
    if (!index) return false;
    auto& t = *entries_.at(*index);
    guarded(t, [&] { t.handle_time(clock_.now); });
    drain(t);
    return true;
}

bool flow_set::driver::send_next() {
    auto* next = admission_.next();
    if (next == nullptr) return false;
    auto& t = static_cast<entry&>(*next);
    t.begun = true;
    t.in_flight = entries_.new_request_handle(t);
    guarded(t, [&] {
        clock_.read();
        const auto output = t.machine.poll_output(clock_.now);
        const auto& request = std::get<send_request>(output);  // `wants_to_send` said so
        t.answer.assign(1, {t.id, request.request_id, {}});
        t.latest.sent_at = clock_.now;
        ++requests_;
        loop_.start_request(t.in_flight, to_http_request(request));
    });
    // An answer from within `start_request` is taken first: credentials count before a cancel or an exception there.
    if (t.in_flight == request_handle{}) return true;
    if (t.exception) give_back(t);  // the request was not started
    drain(t);
    return true;
}

/// The timer expires at once if more could be sent and the call had to return to the loop.
void flow_set::driver::arm() {
    const auto send_at = admission_.next_at();
    if (send_at == clock_.now) return timer_.set_at_once(clock_.now);
    auto next = deadlines_.earliest();
    if (send_at) next = next ? std::min(*next, *send_at) : send_at;
    timer_.set_for(next);
}

/// An exception in the course of one registration ends that one, and is passed to its `on_finished`.
template <class Function>
void flow_set::driver::guarded(entry& t, Function&& function) noexcept {
    try {
        function();
    } catch (...) {
        t.exception = std::current_exception();
        t.cancelled = true;
    }
}

/// Performs the outputs of the flow until it waits. The entry may have been destroyed on return.
void flow_set::driver::drain(entry& t) {
    recount(t);
    auto next = then::goes_on;
    while (next == then::goes_on) {
        if (t.cancelled) t.machine.cancel();
        guarded(t, [&] { next = step(t); });
    }
    if (next == then::is_over) finish(t);
}

flow_set::driver::then flow_set::driver::step(entry& t) {
    if (t.machine.wants_to_send()) {
        wait_for_turn(t, *t.at, t.begun ? urgency::due : urgency::start);
        return then::waits;
    }
    return std::visit([&](const auto& output) { return perform(t, output); }, t.machine.poll_output(clock_.now));
}

flow_set::driver::then flow_set::driver::perform(entry& t, const qr_code_ready& qr) {
    clock_.read();
    t.report(qr, wall_time());
    return then::goes_on;
}

flow_set::driver::then flow_set::driver::perform(entry& t, const status_changed& change) {
    if (change.status == status::domain_switched) t.at = t.at_lark;
    t.report(change, wall_time());
    return then::goes_on;
}

flow_set::driver::then flow_set::driver::perform(entry&, const send_request&) {
    return then::goes_on;  // comes from `send_next` alone
}

flow_set::driver::then flow_set::driver::perform(entry& t, const wait_until& wait) {
    deadlines_.set(slot_of(t), wait.deadline);
    return then::waits;
}

flow_set::driver::then flow_set::driver::perform(entry& t, const abandon_request&) {
    const auto id = t.in_flight;
    if (id == request_handle{}) return then::goes_on;
    give_back(t);  // before the call, so that an answer from within it is ignored
    loop_.abandon_request(id);
    return then::goes_on;
}

flow_set::driver::then flow_set::driver::perform(entry&, const finished&) { return then::is_over; }

/// The slot is free before the handler runs, so that the handler can `add` at once.
void flow_set::driver::finish(entry& t) {
    const auto last = take_out(t);
    strays_.guard([&] { last->handlers.on_finished(*last->machine.result(), last->exception); });
}

/// For its turn to send, but no longer than its caller's limit.
void flow_set::driver::wait_for_turn(entry& t, detail::host& at, urgency u) {
    const auto limit = t.machine.gives_up_at();
    if (limit == time_point::max()) deadlines_.clear(slot_of(t));
    else deadlines_.set(slot_of(t), limit);
    admission_.queue.push(t, at, u);
}

/// Removes it from the list that it is in, if any.
void flow_set::driver::forget_waiting(entry& t) noexcept {
    admission_.queue.remove(t, *t.at);
    t.unlink();
}

void flow_set::driver::give_back(entry& t) noexcept {
    t.in_flight = request_handle{};
    admission_.queue.release(*t.at);
}

std::size_t& flow_set::driver::count_of(registration_phase p) noexcept { return phases_[static_cast<std::size_t>(p)]; }

void flow_set::driver::recount(entry& t) noexcept {
    --count_of(t.counted);
    t.counted = t.machine.phase();
    ++count_of(t.counted);
}

}  // namespace lark::injected

namespace lark::injected::detail {

using namespace registration;

void entry::handle_result(request_id of, time_point now, const http_result& result) {
    if (const auto* response = std::get_if<http_response>(&result)) machine.handle_response(of, now, *response);
    else machine.handle_failure(of, now, std::get<transport_failure>(result));
    trace(now, &result);
}

void entry::handle_time(time_point now) {
    machine.handle_time(now);
    trace(now, nullptr);
}

void entry::report(const qr_code_ready& qr, wall_time when) {
    save(when);
    if (handlers.on_qr_code && !cancelled) handlers.on_qr_code(to_qr_code(qr, when));
}

void entry::report(const status_changed& change, wall_time when) {
    if (is_worth_saving(change.status)) save(when);
    if (handlers.on_status_change && !cancelled) handlers.on_status_change(to_status_change(change, machine));
}

void entry::save(wall_time when) {
    if (!handlers.on_snapshot) return;
    if (const auto saved = machine.save(when, after_save::goes_on)) handlers.on_snapshot(*saved);
}

void entry::trace(time_point now, const http_result* result) {
    if (!handlers.on_trace || cancelled) return;
    if (const auto event = take_trace(machine, latest, now, result)) handlers.on_trace(*event);
}

registration_state entry::state(wall_time when) const {
    registration_state out{
        machine.phase(), {}, machine.polls(), std::string{machine.last_error()}, machine.last_exchange()};
    if (const auto next = machine.next_request_at()) {
        using std::chrono::system_clock;
        const auto ahead = saturating_sub(*next, when.now);
        out.next_request_at = when.wall + std::chrono::duration_cast<system_clock::duration>(ahead);
    }
    return out;
}

}  // namespace lark::injected::detail
