// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/registration_handle.hpp>

#include <coroutine>
#include <optional>
#include <stop_token>
#include <utility>

/// `co_await` for a registration in the background, from any coroutine. The handle stays where it is and outlives the
/// await, as it does in the coroutine's own frame:
///
///     auto app = co_await lark::register_app_async(handlers);
///     auto other = co_await lark::injected::until(registration, stop);   // a stop request cancels the registration
///
/// The result, the exceptions included, is that of `registration_handle::get`. The coroutine is resumed as `when_over`
/// says: by `async_handlers::post`, else on the thread of the registration, where it may do all that a callback may. An
/// exception that leaves the coroutine there ends the process.
namespace lark::injected {

/// Made by `co_await` and `until`.
class registration_awaiter {
public:
    registration_awaiter(registration_handle& awaited, std::stop_token stop)
        : handle_{awaited}, stop_{std::move(stop)} {}  ///< see `until`

    [[nodiscard]] bool await_ready() const noexcept { return false; }  ///< `await_suspend` decides
    /// Nothing of this object is touched once `when_over` has taken the coroutine: it may run on already.
    bool await_suspend(std::coroutine_handle<> waiting) {
        if (stop_.stop_possible()) on_stop_.emplace(std::move(stop_), cancel{handle_});
        return handle_.when_over([waiting] { waiting.resume(); });
    }
    registration::app await_resume() { return handle_.get(); }  ///< throws as `registration_handle::get`

private:
    struct cancel {
        registration_handle& handle;
        void operator()() const noexcept { handle.cancel(); }
    };

    registration_handle& handle_;
    std::stop_token stop_;
    std::optional<std::stop_callback<cancel>> on_stop_{};
};

/// Waits for the end of the registration.
[[nodiscard]] inline registration_awaiter operator co_await(registration_handle& awaited) { return {awaited, {}}; }
/// The same for one that the coroutine has just begun.
[[nodiscard]] inline registration_awaiter operator co_await(registration_handle&& awaited) { return {awaited, {}}; }

/// The same; a stop request cancels the registration, which then ends with code `abort`.
[[nodiscard]] inline registration_awaiter until(registration_handle& awaited, std::stop_token stop) {
    return {awaited, std::move(stop)};
}

}  // namespace lark::injected
