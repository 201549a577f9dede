// SPDX-License-Identifier: MIT
#pragma once

#include "callback_gate.hpp"
#include "registration_worker.hpp"

#include <lark/injected/registration_handle.hpp>
#include <lark/registration/handlers.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace lark::injected::detail {

/// The state that a background registration and its handle share: the callbacks that are due, and the end.
///
/// Callbacks stand in a queue; `post` is given a function that runs the next one. So they run one at a time and in order
/// even if `post` leads to a pool of threads, and a cancel only has to empty the queue.
///
/// Threads: any, for all members.
class registration_task : public std::enable_shared_from_this<registration_task> {
public:
    /// `gate` decides whether a callback may start, and a call of `post`; null: always. A function that
    /// has been posted may start in any case.
    explicit registration_task(registration::async_handlers handlers, std::shared_ptr<callback_gate> gate = {});

    /// It carries on a registration that was begun elsewhere. Before anything is delivered.
    void carries_on(const registration::snapshot& from);

    /// The driver's side. None of these throws the exception of a callback, which is kept for `get`.
    void deliver(registration::qr_code qr);
    void deliver(registration::status_change change);
    void deliver(const registration::snapshot& saved);
    void deliver(const registration::trace_event& event, std::chrono::system_clock::time_point now);
    /// The end, once; what comes later is ignored.
    void finish(registration::outcome result);
    /// The end by an exception of the driver.
    void fail(std::exception_ptr why);
    /// The function that reports a cancel to the driver. Called at most once, without a lock, possibly at once and on any thread; must
    /// neither wait nor throw.
    void on_cancel(std::function<void()> tell_driver);

    /// The handle's side; see `registration_handle`.
    [[nodiscard]] static registration_handle make_handle(std::shared_ptr<registration_task> task,
                                                         std::unique_ptr<registration_worker> worker = {});
    [[nodiscard]] registration::app get();
    [[nodiscard]] registration_state state() const;
    [[nodiscard]] std::future_status wait_for(std::chrono::nanoseconds time);
    [[nodiscard]] bool when_over(std::function<void()> resume);
    void forget_waiter() noexcept;
    void cancel() noexcept;
    void wait_for_callback() noexcept;

private:
    class posted_turn;
    using callback = std::function<void()>;

    void note(const registration::trace_event& event, std::chrono::system_clock::time_point now);
    void enqueue(callback next);
    void run_next();
    void turn_lost(std::uint64_t number);
    std::uint64_t push(callback next);  ///< its number; under the lock
    void run(std::unique_lock<std::mutex>& lock);
    void post(std::uint64_t number);
    void end_by(std::unique_lock<std::mutex>& lock, std::exception_ptr why);
    void settle(std::unique_lock<std::mutex>& lock, registration::outcome result);
    void driver_is_done() noexcept;
    void resume_waiter() noexcept;
    void run_waiter() noexcept;
    [[nodiscard]] bool over() const noexcept { return outcome_ && queue_.empty() && !running_; }
    void refuse_inside_callback() const;

    const registration::async_handlers handlers_;
    const std::shared_ptr<callback_gate> gate_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::list<std::pair<std::uint64_t, callback>>
        queue_;  // by number; nearly always empty, and then it takes no memory
    std::uint64_t last_number_ = 0;
    std::size_t owed_ = 0;  // turns given while another callback ran
    bool running_ = false;
    std::thread::id runner_;    // while `running_`
    bool cancelled_ = false;    // no callback starts any more
    bool stopped_ = false;      // the driver knows, or need not know
    bool driver_done_ = false;  // it has reported its end, and calls nothing any more
    std::function<void()> tell_driver_;
    registration_state state_;
    std::function<void()> waiter_;  // of `when_over`
    bool waiter_is_due_ = false;    // it runs, or has been posted
    std::optional<registration::outcome> outcome_;
    std::exception_ptr exception_;
};

}  // namespace lark::injected::detail
