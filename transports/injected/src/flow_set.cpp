// SPDX-License-Identifier: MIT
// The calls of a set's owner: adding, cancelling, looking.
#include <lark/injected/flow_set.hpp>

#include "flow_set_driver.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace lark::injected {

using namespace registration;
using detail::urgency;

flow_set::flow_set(event_loop& loop, flow_set_options opts) {
    if (opts.max_requests == 0) throw invalid_option{"max_requests", "must be at least 1"};
    if (opts.max_requests_per_host == 0) throw invalid_option{"max_requests_per_host", "must be at least 1"};
    using std::chrono::milliseconds;  // the largest of them overflow a `duration`
    if (opts.timer_slack < milliseconds{0} || opts.timer_slack > milliseconds{1000})
        throw invalid_option{"timer_slack", "must be from 0 to 1 s"};
    driver_ = std::make_unique<driver>(loop, opts);
}

flow_set::~flow_set() { driver_->close(); }

registration_id flow_set::add(flow_handlers handlers, const registration::options& opts) {
    if (!handlers.on_qr_code) throw invalid_option{"on_qr_code", "is required"};
    if (!handlers.on_finished) throw invalid_option{"on_finished", "is required"};
    return add_checked(std::move(handlers), registration::flow{opts});
}

registration_id flow_set::add_checked(flow_handlers handlers, registration::flow machine) {
    return driver_->add(std::move(handlers), std::move(machine));
}

registration_id flow_set::add(flow_handlers handlers, const registration::snapshot& from,
                              const registration::options& opts) {
    return driver_->add(std::move(handlers), from, opts);
}

bool flow_set::cancel(registration_id id) { return driver_->cancel(id); }
void flow_set::cancel_all() { driver_->cancel_all(); }

std::size_t flow_set::size() const noexcept { return driver_->size(); }
flow_set_stats flow_set::stats() const noexcept { return driver_->stats(); }
std::optional<registration_state> flow_set::state(registration_id id) const { return driver_->state(id); }
std::size_t flow_set::requests_in_flight() const noexcept { return driver_->queue().in_flight(); }
std::size_t flow_set::waiting_for_turn() const noexcept { return driver_->queue().waiting(); }

flow_set::driver::driver(event_loop& loop, const flow_set_options& opts)
    : loop_(loop), clock_(loop), admission_(loop, opts, clock_), timer_(loop, opts.timer_slack) {
    loop.attach(*this);
}

void flow_set::driver::close() noexcept {
    running_ = true;  // answers and additions from within `abandon_request` have no effect
    entries_.for_each([this](entry& t) {
        const auto id = std::exchange(t.in_flight, request_handle{});
        if (id != request_handle{}) loop_.abandon_request(id);
    });
    loop_.detach(*this);
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
