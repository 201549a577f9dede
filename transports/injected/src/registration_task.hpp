// SPDX-License-Identifier: MIT
#pragma once

#include "callback_gate.hpp"
#include "callback_queue.hpp"
#include "registration_worker.hpp"

#include <lark/injected/registration_handle.hpp>
#include <lark/registration/handlers.hpp>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

namespace lark::injected::detail {

/// The state that a background registration and its handle share: how it stands, and its end.
///
/// The driver alone reports the outcome. A cancel, and an exception of a callback, ask it for that, so credentials that
/// have arrived count; `on_finished` follows as the last callback.
///
/// Threads: any, for all members.
class registration_task final : public callback_queue {
public:
    /// `gate`: see `callback_queue`.
    explicit registration_task(registration::async_handlers handlers, std::shared_ptr<callback_gate> gate = {});

    /// It carries on a registration that was begun elsewhere. Before anything is delivered.
    void carries_on(const registration::snapshot& from);

    /// The driver's side. None of these throws the exception of a callback, which is kept for `get`.
    void deliver(registration::qr_code qr);
    void deliver(registration::status_change change);
    void deliver(const registration::snapshot& saved);
    void deliver(const registration::trace_event& event, std::chrono::system_clock::time_point now);
    /// The end, once; a second one is ignored.
    void finish(registration::outcome result);
    /// The end by an exception of the driver.
    void fail(std::exception_ptr why) noexcept;
    /// The function that asks the driver for the end. Called at most once, without a lock, possibly at once and on any
    /// thread; must neither wait nor throw.
    void on_cancel(std::function<void()> ask_driver);

    /// The handle's side; see `registration_handle`.
    [[nodiscard]] static registration_handle make_handle(std::shared_ptr<registration_task> task,
                                                         std::unique_ptr<registration_worker> worker = {});
    [[nodiscard]] registration::app get();
    [[nodiscard]] registration_state state() const;
    [[nodiscard]] std::future_status wait_for(std::chrono::nanoseconds time);
    [[nodiscard]] bool when_over(std::function<void()> resume);
    void cancel() noexcept;
    /// Throws `std::logic_error` if a caller of `when_over` waits.
    void check_detach() const;
    /// The handle is destroyed. See `callback_queue::wait_for_calls`.
    void abandon(std::chrono::milliseconds longest_post = std::chrono::milliseconds{100}) noexcept;

private:
    void handle_exception(std::exception_ptr why) noexcept override;
    void handle_end() noexcept override;

    void note(const registration::trace_event& event, std::chrono::system_clock::time_point now);
    void stop(const std::exception_ptr& why) noexcept;
    void end(registration::outcome result, std::exception_ptr why);
    void resume_waiter() noexcept;
    /// Throws `std::logic_error` where a wait would not end.
    void check_wait() const;

    const registration::async_handlers handlers_;  // without `post`
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;  // cancelled, or a callback threw
    std::function<void()> ask_driver_;
    registration_state state_;
    std::function<void()> waiter_;  // of `when_over`
    std::optional<registration::outcome> outcome_;
    std::exception_ptr exception_;
    bool over_ = false;  // callbacks included
};

}  // namespace lark::injected::detail
