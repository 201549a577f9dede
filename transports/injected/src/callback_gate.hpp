// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

namespace lark::injected::detail {

/// The callbacks of a registrar: lets them start until it is closed, and knows the thread that runs them. Whether one
/// starts is decided under the lock that `close` takes, and nothing but the call itself comes after the decision.
///
/// Threads: any.
class callback_gate {
public:
    /// Within a scope that is entered, a callback may run.
    class scope {
    public:
        /// A null gate is open.
        explicit scope(callback_gate* gate) : gate_{gate}, entered_{gate == nullptr || gate->enter()} {}
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;
        ~scope() {
            if (gate_ != nullptr && entered_) gate_->exit();
        }
        [[nodiscard]] bool entered() const noexcept { return entered_; }

    private:
        callback_gate* gate_;
        bool entered_;
    };

    /// The caller is the thread on which registrations make progress, and callbacks run without `post`.
    void runs_here() noexcept { thread_ = std::this_thread::get_id(); }
    [[nodiscard]] bool is_here() const noexcept { return thread_ == std::this_thread::get_id(); }

    /// No callback starts any more. Waits for those that run, for `longest` at most.
    void close(std::chrono::milliseconds longest) {
        std::unique_lock lock{mutex_};
        closed_ = true;
        idle_.wait_for(lock, longest, [this] { return running_ == 0; });
    }

private:
    [[nodiscard]] bool enter() {
        const std::lock_guard lock{mutex_};
        if (!closed_) ++running_;
        return !closed_;
    }
    void exit() {
        {
            const std::lock_guard lock{mutex_};
            --running_;
        }
        idle_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable idle_;
    std::size_t running_ = 0;
    bool closed_ = false;
    std::atomic<std::thread::id> thread_{};
};

}  // namespace lark::injected::detail
