// SPDX-License-Identifier: MIT
#include "registration_task.hpp"

#include <lark/registration/options.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

namespace lark::injected::detail {
namespace {

/// With up to 15 characters, no memory is taken: a cancel cannot fail.
registration::failure aborted(std::string why) {
    return {registration::failure_kind::other, std::string{registration::error_code::abort}, std::move(why), true, {}};
}

}  // namespace

/// The state of a function that is given to `post`. If the user's loop drops it unrun, its callback is dropped too, so that no call
/// of `get` waits for it.
class registration_task::posted_turn {
public:
    posted_turn(std::shared_ptr<registration_task> task, std::uint64_t number)
        : task_{std::move(task)}, number_{number} {}
    posted_turn(const posted_turn&) = delete;
    posted_turn& operator=(const posted_turn&) = delete;
    ~posted_turn() {
        if (!used_.exchange(true)) task_->turn_lost(number_);
    }
    void use() {
        if (!used_.exchange(true)) task_->run_next();
    }

private:
    std::shared_ptr<registration_task> task_;
    std::uint64_t number_;  // of the callback that it was made for
    std::atomic<bool> used_ = false;
};

registration_task::registration_task(registration::async_handlers handlers, std::shared_ptr<callback_gate> gate)
    : handlers_{std::move(handlers)}, gate_{std::move(gate)} {}

void registration_task::carries_on(const registration::snapshot& from) {
    using namespace registration;
    auto view = from.view();
    const std::lock_guard lock{mutex_};
    state_.phase = view.state == snapshot_state::expiring ? registration_phase::expiring : registration_phase::polling;
    state_.next_request_at = view.next_poll_at;
    state_.polls = view.polls;
    state_.last_error = std::move(view.last_reason);
}

void registration_task::deliver(registration::qr_code qr) {
    if (handlers_.on_qr_code) enqueue([this, qr = std::move(qr)] { handlers_.on_qr_code(qr); });
}

void registration_task::deliver(registration::status_change change) {
    if (change.status == registration::status::retrying) {
        const std::lock_guard lock{mutex_};
        state_.last_error = change.reason;
    }
    if (handlers_.on_status_change) enqueue([this, change = std::move(change)] { handlers_.on_status_change(change); });
}

void registration_task::deliver(const registration::snapshot& saved) {
    if (handlers_.on_snapshot) enqueue([this, saved] { handlers_.on_snapshot(saved); });
}

void registration_task::deliver(const registration::trace_event& event, std::chrono::system_clock::time_point now) {
    note(event, now);
    if (handlers_.on_trace) enqueue([this, event] { handlers_.on_trace(event); });
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
    if (!outcome_) return now;
    now.phase = registration::registration_phase::finished;
    now.next_request_at.reset();
    if (const auto* why = std::get_if<registration::failure>(&*outcome_)) now.last_error = why->cause;
    return now;
}

void registration_task::enqueue(callback next) {
    std::uint64_t number = 0;
    {
        const std::lock_guard lock{mutex_};
        if (cancelled_ || outcome_) return;
        number = push(std::move(next));
    }
    if (!handlers_.post) return run_next();
    try {
        post(number);
    } catch (...) {  // goes to the caller through `get`, like a callback's
        std::unique_lock lock{mutex_};
        end_by(lock, std::current_exception());
    }
}

/// If the gate is closed, the function is dropped, and its callback with it.
void registration_task::post(std::uint64_t number) {
    std::function<void()> turn = [turn = std::make_shared<posted_turn>(shared_from_this(), number)] { turn->use(); };
    const callback_gate::scope posting{gate_.get()};
    if (posting.entered()) handlers_.post(std::move(turn));
}

std::uint64_t registration_task::push(callback next) {
    queue_.emplace_back(last_number_ + 1, std::move(next));
    return ++last_number_;
}

void registration_task::run_next() {
    std::unique_lock lock{mutex_};
    if (running_) {
        ++owed_;
        return;
    }
    run(lock);
    for (; owed_ > 0 && !queue_.empty(); --owed_) run(lock);
    owed_ = 0;
    lock.unlock();
    changed_.notify_all();
    resume_waiter();
}

void registration_task::run(std::unique_lock<std::mutex>& lock) {
    if (queue_.empty()) return;
    auto next = std::move(queue_.front().second);
    queue_.pop_front();
    running_ = true;
    runner_ = std::this_thread::get_id();
    lock.unlock();
    std::exception_ptr thrown;
    try {
        const callback_gate::scope calling{handlers_.post ? nullptr : gate_.get()};
        if (calling.entered()) next();
    } catch (...) {  // goes to the caller through `get`
        thrown = std::current_exception();
    }
    next = nullptr;
    lock.lock();
    running_ = false;
    runner_ = {};
    if (thrown) end_by(lock, std::move(thrown));
}

/// Drops the callback that it was made for. If that has run already, by another posted_turn, the next one is dropped.
void registration_task::turn_lost(std::uint64_t number) {
    {
        const std::lock_guard lock{mutex_};
        auto its =
            std::find_if(queue_.begin(), queue_.end(), [number](const auto& one) { return one.first == number; });
        if (its == queue_.end()) its = queue_.begin();
        if (its != queue_.end()) queue_.erase(its);
    }
    changed_.notify_all();
    resume_waiter();
}

void registration_task::end_by(std::unique_lock<std::mutex>& lock, std::exception_ptr why) {
    if (!exception_) exception_ = std::move(why);
    queue_.clear();
    if (tell_driver_ && !std::exchange(stopped_, true)) {
        const auto tell = std::exchange(tell_driver_, nullptr);
        lock.unlock();
        tell();
        lock.lock();
    }
    settle(lock, aborted("a callback threw an exception"));
}

void registration_task::fail(std::exception_ptr why) {
    {
        std::unique_lock lock{mutex_};
        if (!outcome_) {
            exception_ = std::move(why);
            settle(lock, aborted("the registration ended with an exception"));
        }
    }
    driver_is_done();
}

void registration_task::finish(registration::outcome result) {
    {
        std::unique_lock lock{mutex_};
        settle(lock, std::move(result));
    }
    driver_is_done();
}

/// The last call of the driver: from here on what waits can be resumed.
void registration_task::driver_is_done() noexcept {
    {
        const std::lock_guard lock{mutex_};
        driver_done_ = true;
    }
    resume_waiter();
}

bool registration_task::when_over(std::function<void()> resume) {
    const std::lock_guard lock{mutex_};
    if (over()) return false;
    if (waiter_) throw std::logic_error{"another caller waits for the end of this registration"};
    waiter_ = std::move(resume);
    return true;
}

void registration_task::forget_waiter() noexcept {
    std::function<void()> dropped;
    const std::lock_guard lock{mutex_};
    dropped.swap(waiter_);
}

/// Once all is over, and the driver is done: so a cancel resumes nothing on the thread of its caller, but where the driver runs.
void registration_task::resume_waiter() noexcept {
    {
        const std::lock_guard lock{mutex_};
        if (!waiter_ || waiter_is_due_ || !driver_done_ || !over()) return;
        waiter_is_due_ = true;
    }
    if (handlers_.post) {
        try {
            return handlers_.post([self = shared_from_this()] { self->run_waiter(); });
        } catch (...) {  // whatever it threw, what waits has to go on: right here
        }
    }
    run_waiter();
}

/// It may have been dropped since it was posted.
void registration_task::run_waiter() noexcept {
    std::function<void()> next;
    {
        const std::lock_guard lock{mutex_};
        waiter_is_due_ = false;
        next.swap(waiter_);
    }
    if (next) next();
}

void registration_task::settle(std::unique_lock<std::mutex>& lock, registration::outcome result) {
    if (outcome_) return;
    // Into the queue first: `over()` must not be true between the outcome and its callback.
    const bool tell = handlers_.on_finished && !cancelled_;
    const auto number = tell ? push([this, result] { handlers_.on_finished(result); }) : 0;
    outcome_ = std::move(result);
    lock.unlock();
    if (tell && handlers_.post) {
        try {
            post(number);
        } catch (...) {  // goes to the caller through `get`
            const std::lock_guard relock{mutex_};
            if (!exception_) exception_ = std::current_exception();
            queue_.clear();
        }
    } else if (tell) {
        run_next();
    }
    changed_.notify_all();
    lock.lock();
}

void registration_task::on_cancel(std::function<void()> tell_driver) {
    {
        const std::lock_guard lock{mutex_};
        if (!stopped_) {
            if (!cancelled_ && !exception_) {
                tell_driver_ = std::move(tell_driver);
                return;
            }
            stopped_ = true;
        }
    }
    tell_driver();
}

void registration_task::cancel() noexcept {
    std::function<void()> tell;
    std::list<std::pair<std::uint64_t, callback>> dropped;
    {
        const std::lock_guard lock{mutex_};
        cancelled_ = true;
        dropped.swap(queue_);
        if (!outcome_) outcome_ = aborted("cancelled");
        if (tell_driver_ && !std::exchange(stopped_, true)) tell = std::exchange(tell_driver_, nullptr);
    }
    changed_.notify_all();
    if (tell) tell();
    resume_waiter();
}

void registration_task::refuse_inside_callback() const {
    if (running_ && runner_ == std::this_thread::get_id())
        throw std::logic_error{"a callback of a registration cannot wait for the end of that registration"};
}

registration::app registration_task::get() {
    std::unique_lock lock{mutex_};
    refuse_inside_callback();
    changed_.wait(lock, [this] { return over(); });
    if (exception_) std::rethrow_exception(exception_);
    return registration::value_or_throw(*outcome_);
}

std::future_status registration_task::wait_for(std::chrono::nanoseconds time) {
    std::unique_lock lock{mutex_};
    if (time > std::chrono::nanoseconds::zero()) {
        refuse_inside_callback();
        using clock = std::chrono::steady_clock;
        const auto now = clock::now();
        const auto until = time < clock::time_point::max() - now ? now + time : clock::time_point::max();
        changed_.wait_until(lock, until, [this] { return over(); });
    }
    return over() ? std::future_status::ready : std::future_status::timeout;
}

void registration_task::wait_for_callback() noexcept {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !running_ || runner_ == std::this_thread::get_id(); });
}

registration_handle registration_task::make_handle(std::shared_ptr<registration_task> task,
                                                   std::unique_ptr<registration_worker> worker) {
    return registration_handle{std::move(task), std::move(worker)};
}

}  // namespace lark::injected::detail
