// SPDX-License-Identifier: MIT
#include "registration_task.hpp"

#include <lark/registration/options.hpp>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace lark::injected::detail {
namespace {

registration::failure aborted(std::string why) {
    return {registration::failure_kind::other, std::string{registration::error_code::abort}, std::move(why), true, {}};
}

}  // namespace

registration_task::registration_task(registration::async_handlers handlers, std::shared_ptr<callback_gate> gate)
    : callback_queue{std::exchange(handlers.post, nullptr), std::move(gate)}, handlers_{std::move(handlers)} {}

void registration_task::carries_on(const registration::snapshot& from) {
    using namespace registration;
    auto view = from.view();
    const std::lock_guard lock{mutex_};
    state_.phase = view.state == snapshot_state::expiring ? registration_phase::expiring : registration_phase::polling;
    state_.next_request_at = view.next_poll_at;
    state_.polls = view.polls;
    state_.last_error = std::move(view.last_error);
}

void registration_task::deliver(registration::qr_code qr) {
    if (handlers_.on_qr_code) add([this, qr = std::move(qr)] { handlers_.on_qr_code(qr); });
}

void registration_task::deliver(registration::status_change change) {
    if (change.status == registration::status::retrying) {
        const std::lock_guard lock{mutex_};
        state_.last_error = change.reason;
    }
    if (handlers_.on_status_change) add([this, change = std::move(change)] { handlers_.on_status_change(change); });
}

void registration_task::deliver(const registration::snapshot& saved) {
    if (handlers_.on_snapshot) add([this, saved] { handlers_.on_snapshot(saved); });
}

void registration_task::deliver(const registration::trace_event& event, std::chrono::system_clock::time_point now) {
    note(event, now);
    if (handlers_.on_trace) add([this, event] { handlers_.on_trace(event); });
}

/// The state that the handle has until the next exchange ends.
void registration_task::note(const registration::trace_event& event, std::chrono::system_clock::time_point now) {
    using namespace registration;
    using std::chrono::system_clock;
    const std::lock_guard lock{mutex_};
    state_.last_exchange = event;
    state_.next_request_at.reset();
    if (event.next == next_step::send) state_.next_request_at = now;
    if (event.next == next_step::wait)
        state_.next_request_at = now + std::chrono::duration_cast<system_clock::duration>(event.wait);
    if (event.next == next_step::expire) state_.phase = registration_phase::expiring;
    else if (event.result == exchange_result::link || event.exchange.step == exchange_step::poll)
        state_.phase = registration_phase::polling;
    if (event.exchange.step == exchange_step::poll) state_.polls = event.exchange.number;
    const bool good = event.exchange.step != exchange_step::poll || event.exchange.error == oauth_error::slow_down ||
                      event.exchange.error == oauth_error::authorization_pending;
    if (good) state_.last_error.clear();
}

registration_state registration_task::state() const {
    const std::lock_guard lock{mutex_};
    auto now = state_;
    if (!outcome_ && !stopping_) return now;
    now.phase = registration::registration_phase::finished;
    now.next_request_at.reset();
    if (!outcome_) return now;
    if (const auto* why = std::get_if<registration::failure>(&*outcome_)) now.last_error = why->last_error;
    return now;
}

void registration_task::finish(registration::outcome result) {
    {
        const std::lock_guard lock{mutex_};
        if (exception_ && std::holds_alternative<registration::failure>(result))
            result = aborted("a callback threw an exception");
    }
    end(std::move(result), nullptr);
}

void registration_task::fail(std::exception_ptr why) noexcept {
    auto ended = aborted({});
    try {
        ended.description = "the registration ended with an exception";
    } catch (const std::bad_alloc&) {  // the exception has a text of its own
    }
    end(std::move(ended), std::move(why));
}

void registration_task::end(registration::outcome result, std::exception_ptr why) {
    {
        const std::lock_guard lock{mutex_};
        if (outcome_) return;
        outcome_ = std::move(result);
        if (!exception_) exception_ = std::move(why);
    }
    // It fits into the function without memory, so from here on nothing can fail.
    add_last(handlers_.on_finished ? callback{[this] { handlers_.on_finished(*outcome_); }} : callback{});
}

void registration_task::on_cancel(std::function<void()> ask_driver) {
    {
        const std::lock_guard lock{mutex_};
        if (outcome_) return;
        if (!stopping_) {
            ask_driver_ = std::move(ask_driver);
            return;
        }
    }
    ask_driver();
}

void registration_task::cancel() noexcept { stop(nullptr); }

void registration_task::handle_exception(std::exception_ptr why) noexcept { stop(why); }

void registration_task::stop(const std::exception_ptr& why) noexcept {
    std::function<void()> ask;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        if (!exception_) exception_ = why;
        ask.swap(ask_driver_);
        if (outcome_) ask = nullptr;
    }
    drop_pending();
    if (ask) ask();
}

void registration_task::handle_end() noexcept {
    {
        const std::lock_guard lock{mutex_};
        over_ = true;
    }
    changed_.notify_all();
    resume_waiter();
}

bool registration_task::when_over(std::function<void()> resume) {
    const std::lock_guard lock{mutex_};
    if (over_) return false;
    if (waiter_) throw std::logic_error{"another caller waits for the end of this registration"};
    waiter_ = std::move(resume);
    return true;
}

void registration_task::resume_waiter() noexcept {
    const auto resume = [self = std::static_pointer_cast<registration_task>(shared_from_this())] {
        std::function<void()> next;  // none if its handle has been destroyed
        {
            const std::lock_guard lock{self->mutex_};
            next.swap(self->waiter_);
        }
        if (next) next();
    };
    {
        const std::lock_guard lock{mutex_};
        if (!waiter_) return;
    }
    if (posts()) {
        try {
            post(resume);  // dropped if its handle has been destroyed
            return;
        } catch (...) {  // whatever it threw, the caller of `when_over` has to go on: right here
        }
    }
    resume();
}

void registration_task::check_detach() const {
    const std::lock_guard lock{mutex_};
    if (waiter_) throw std::logic_error{"a caller waits for the end of this registration"};
}

void registration_task::abandon(std::chrono::milliseconds longest_post) noexcept {
    {
        std::function<void()> dropped;
        const std::lock_guard lock{mutex_};
        dropped.swap(waiter_);
    }
    mute();
    cancel();
    wait_for_calls(longest_post);
}

void registration_task::check_wait() const {
    const bool in_callback = inside_callback();
    if (!in_callback && (gate() == nullptr || !gate()->is_here())) return;
    const std::lock_guard lock{mutex_};
    if (over_) return;
    throw std::logic_error{in_callback ? "a callback of a registration cannot wait for the end of that registration"
                                       : "the thread that runs a registration cannot wait for its end"};
}

registration::app registration_task::get() {
    check_wait();
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return over_; });
    if (exception_) std::rethrow_exception(exception_);
    return registration::value_or_throw(*outcome_);
}

std::future_status registration_task::wait_for(std::chrono::nanoseconds time) {
    if (time > std::chrono::nanoseconds::zero()) check_wait();
    std::unique_lock lock{mutex_};
    if (time > std::chrono::nanoseconds::zero()) {
        using clock = std::chrono::steady_clock;
        const auto now = clock::now();
        const auto until = time < clock::time_point::max() - now ? now + time : clock::time_point::max();
        changed_.wait_until(lock, until, [this] { return over_; });
    }
    return over_ ? std::future_status::ready : std::future_status::timeout;
}

registration_handle registration_task::make_handle(std::shared_ptr<registration_task> task,
                                                   std::unique_ptr<registration_worker> worker) {
    return registration_handle{std::move(task), std::move(worker)};
}

}  // namespace lark::injected::detail
