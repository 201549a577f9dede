// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/stats.hpp>
#include <lark/registration/errors.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <memory>

namespace lark::injected {

namespace detail {
class registration_task;
class registration_worker;
}  // namespace detail

/// One registration that runs in the background. `<lark/injected/awaiter.hpp>` has `co_await` for it. Can be moved, not
/// copied; a moved-from handle may only be assigned to or destroyed.
///
/// Threads: all members but assignment and destruction may be called by several threads at once.
class LARK_EXPORT registration_handle {
public:
    registration_handle(registration_handle&&) noexcept;  ///< the other one is empty then
    registration_handle& operator=(
        registration_handle&&) noexcept;  ///< ends the former registration like the destructor
    registration_handle(const registration_handle&) = delete;
    registration_handle& operator=(const registration_handle&) = delete;

    /// Cancels, and waits for a callback that is running, unless it runs on this very thread.
    ~registration_handle();

    /// Waits for the end, callbacks included, and returns the app. Can be called again, with the same result.
    ///
    /// Throws what `register_app` throws: `app_access_denied_error`, `app_expired_error`, `register_app_error` (code
    /// `abort` after a cancel), or the exception of a callback. Throws `std::logic_error` inside one of this registration's
    /// callbacks, where it would wait for itself. With `handlers.post` it must not be called on the thread that runs the
    /// posted functions, which would never come to run them; use `on_finished` there, or `wait_for` with zero.
    [[nodiscard]] registration::app get();

    /// Waits for the end, at most so long. `ready`: `get` returns at once. Throws `std::logic_error` like `get`, unless the
    /// time is zero or less, which never waits.
    [[nodiscard]] std::future_status wait_for(std::chrono::nanoseconds time) const;

    /// How it stands, as of its last exchange. Never waits for the loop.
    [[nodiscard]] registration_state state() const;

    /// Calls `resume` once when the registration is over, callbacks included: where `handlers.post` puts it, else on the thread of
    /// the registration. `get` returns at once then. False if it is over already: `resume` is not called then. For coroutines and
    /// other ways to go on without a thread that waits.
    ///
    /// One at a time: throws `std::logic_error` while another one waits. If the handle is destroyed or assigned to before, `resume` is
    /// dropped; if `post` throws, it is called right there. It must not throw.
    [[nodiscard]] bool when_over(std::function<void()> resume);

    /// Ends the registration with code `abort`, unless its outcome is there already. Never waits; no callback starts after it.
    void cancel() noexcept;

private:
    friend class detail::registration_task;
    registration_handle(std::shared_ptr<detail::registration_task> task,
                        std::unique_ptr<detail::registration_worker> worker) noexcept;
    void release() noexcept;

    std::shared_ptr<detail::registration_task> task_;
    std::unique_ptr<detail::registration_worker> worker_;  // null: a registrar runs it
};

}  // namespace lark::injected

namespace lark {
using injected::registration_handle;
}
