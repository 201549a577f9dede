// SPDX-License-Identifier: MIT
#include "flow_set_driver.hpp"

#include <lark/injected/drain.hpp>

#include <utility>
#include <variant>

namespace lark::injected {

using namespace registration;
using detail::urgency;

namespace {

/// Requests that one call starts before it returns to the loop: answers and cancels must not wait for thousands of
/// them.
constexpr unsigned sends_per_turn = 32;

constexpr std::uint32_t slot_of(const detail::entry& t) noexcept { return detail::entry_table::slot_of(t.id); }

}  // namespace

flow_set::driver::driver(event_loop& loop, const flow_set_options& opts)
    : loop_(loop), clock_(loop), admission_(loop, opts, clock_), timer_(loop, opts.timer_slack) {}

void flow_set::driver::close() noexcept {
    running_ = true;  // answers and additions from within `abandon_request` have no effect
    entries_.for_each([this](entry& t) {
        const auto id = std::exchange(t.in_flight, request_handle{});
        if (id != request_handle{}) loop_.abandon_request(id);
    });
}

registration_id flow_set::driver::add(flow_handlers handlers, flow machine) {
    auto t = std::make_unique<entry>(std::move(handlers), std::move(machine));
    clock_.read();
    t->machine.handle_time(clock_.now);  // `give_up_after` counts from here
    return enter(std::move(t), brand::feishu);
}

registration_id flow_set::driver::add(flow_handlers handlers, const snapshot& from, const options& opts) {
    if (!handlers.on_finished) throw invalid_option{"on_finished", "is required"};
    clock_.read();
    auto t = std::make_unique<entry>(std::move(handlers), flow{from, wall_time(), opts});
    t->begun = true;
    return enter(std::move(t), from.view().at_lark ? brand::lark : brand::feishu);
}

registration_id flow_set::driver::enter(std::unique_ptr<entry> t, brand at) {
    auto& queue = admission_.queue;
    auto& feishu = queue.host_of(t->machine.url(brand::feishu));
    auto& lark = queue.host_of(t->machine.url(brand::lark));
    t->at_feishu = &feishu;
    t->at_lark = &lark;
    t->at = at == brand::lark ? &lark : &feishu;
    auto& added = *t;
    const auto id = entries_.insert(std::move(t));
    added.counted = added.machine.phase();
    ++count_of(added.counted);
    queue.add_user(feishu);
    queue.add_user(lark);
    try {
        if (added.begun) deadlines_.set(slot_of(added), clock_.now);  // its link comes first, whatever it waits for
        else wait_for_turn(added, feishu, urgency::start);
        if (!running_) arm();  // else at the end of `run`
    } catch (...) {
        static_cast<void>(take_out(added));
        throw;
    }
    return id;
}

std::unique_ptr<detail::entry> flow_set::driver::take_out(entry& t) noexcept {
    forget_waiting(t);
    deadlines_.clear(slot_of(t));
    --count_of(t.counted);
    admission_.queue.remove_user(*t.at_feishu);
    admission_.queue.remove_user(*t.at_lark);
    return entries_.remove(t);
}

bool flow_set::driver::cancel(registration_id id) {
    auto* t = entries_.find(id);
    if (t == nullptr || t->cancelled) return false;
    mark_cancelled(*t);
    run();
    return true;
}

void flow_set::driver::cancel_all() {
    entries_.for_each([this](entry& t) {
        if (!t.cancelled) mark_cancelled(t);
    });
    run();
}

void flow_set::driver::mark_cancelled(entry& t) noexcept {
    t.cancelled = true;
    forget_waiting(t);
    cancelled_.push_back(t);
}

bool flow_set::driver::handle(request_handle id, http_result result) {
    auto* t = entries_.find(id);
    if (t == nullptr) return false;
    arrived_.push_back({t->id, t->request, std::move(result)});
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
    struct guard {
        bool& running;
        ~guard() { running = false; }
    } const end{running_};

    unsigned sent = 0;
    while (take_result() || take_cancelled() || take_due() || (sent < sends_per_turn && send_next() && ++sent > 0)) {}
    arm();
    if (stray_) std::rethrow_exception(std::exchange(stray_, nullptr));
}

bool flow_set::driver::take_result() {
    if (arrived_.empty()) return false;
    const auto a = std::move(arrived_.front());
    arrived_.pop_front();
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
        t.request = request.request_id;
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
    try {
        last->handlers.on_finished(*last->machine.result(), last->exception);
    } catch (...) {
        if (!stray_) stray_ = std::current_exception();
    }
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

flow_set_stats flow_set::driver::stats() const noexcept {
    const auto count = [this](registration_phase p) { return phases_[static_cast<std::size_t>(p)]; };
    return {.starting = count(registration_phase::starting),
            .polling = count(registration_phase::polling),
            .expiring = count(registration_phase::expiring),
            .in_flight = queue().in_flight(),
            .queued = queue().waiting(),
            .starts_held_back = queue().waiting(urgency::start),
            .requests = requests_,
            .timers = timer_.expiries(),
            .timer_late = timer_.late(),
            .timer_late_max = timer_.latest()};
}

std::optional<registration_state> flow_set::driver::state(registration_id id) const {
    const auto* t = entries_.find(id);
    if (t == nullptr) return {};
    return t->state({loop_.now(), loop_.wall_now()});
}

}  // namespace lark::injected
