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
/// copied; an empty handle, one that was moved from or detached, may only be assigned to or destroyed.
///
/// Threads: all members but `detach`, assignment and destruction may be called by several threads at once.
class LARK_EXPORT registration_handle {
public:
    registration_handle(registration_handle&&) noexcept;  ///< the other one is empty then
    registration_handle& operator=(
        registration_handle&&) noexcept;  ///< ends the former registration like the destructor
    registration_handle(const registration_handle&) = delete;
    registration_handle& operator=(const registration_handle&) = delete;

    /// Ends the registration, and waits for a callback that is running, unless it runs on this very thread. No callback
    /// starts after it, `on_finished` neither, and no call of `handlers.post`. A call of that which another thread is
    /// in is waited for too, but no longer than 100 ms, since it may wait for this thread.
    ~registration_handle();

    /// Waits for the end, callbacks included, and returns the app. Can be called again, with the same result.
    ///
    /// Throws the exceptions of `register_app`: `app_access_denied_error`, `app_expired_error`, `register_app_error`
    /// (code `abort` after a cancel), or the exception of a callback. Throws `std::logic_error` where it would wait for
    /// itself: inside one of this registration's callbacks, and before the end on the thread that runs its registrar.
    /// With `handlers.post` it must not be called on the thread that runs the posted functions, which would not get to
    /// run them; use `on_finished` there, or `wait_for` with zero.
    [[nodiscard]] registration::app get();

    /// Waits for the end, at most so long in real time. `ready`: `get` returns at once. Throws `std::logic_error` like
    /// `get`, unless the time is zero or less, which never waits.
    [[nodiscard]] std::future_status wait_for(std::chrono::nanoseconds time) const;

    /// How it stands, as of its last exchange; `finished` after a cancel. Never waits for the loop.
    [[nodiscard]] registration_state state() const;

    /// Calls `resume` once when the registration is over, callbacks included: where `handlers.post` puts it, else on
    /// the thread of the registration. `get` returns at once then. False if it is over already: `resume` is not called
    /// then. For coroutines and other ways to go on without a thread that waits.
    ///
    /// One at a time: throws `std::logic_error` while another one waits. If the handle is destroyed or assigned to
    /// before, `resume` is dropped; if `post` throws, it is called right there. It must not throw.
    [[nodiscard]] bool when_over(std::function<void()> resume);

    /// Ends the registration with code `abort`, unless its outcome is there already; credentials that have arrived
    /// count. Never waits. No callback starts after it but `on_finished`, which follows where callbacks run, and which
    /// `get` waits for. Without effect after the end.
    void cancel() noexcept;

    /// Lets the registration run on without this handle, which is empty then: its callbacks still run, and
    /// `on_finished` reports its end. Throws `std::logic_error` while a caller of `when_over` waits.
    ///
    /// A registration of a registrar ends with that at the latest, with code `abort`. One with a thread of its own runs
    /// until it is over: the thread owns all it uses, but for a client that was given by reference, which must outlive
    /// it. It is not waited for at the end of the process, and must not use objects that are destroyed then.
    void detach();

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
