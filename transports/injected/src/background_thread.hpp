// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace lark::injected::detail {

/// How long a destructor waits for such a thread, of the 100 ms that it may take in all.
inline constexpr auto shutdown_grace = std::chrono::milliseconds{95};

/// A thread of the library's own. It blocks all signals, and a program that it starts inherits the mask.
///
/// One that does not end in time is detached: `run` must then own all that it uses.
class background_thread {
public:
    /// Throws `std::system_error` if no thread can be started. `run` must not throw.
    explicit background_thread(std::function<void()> run);
    background_thread(const background_thread&) = delete;
    background_thread& operator=(const background_thread&) = delete;
    /// It has been joined or detached by then.
    ~background_thread() = default;

    /// Whether the caller is that thread.
    [[nodiscard]] bool is_here() const noexcept { return thread_.get_id() == std::this_thread::get_id(); }

    /// False if it has not ended after `longest`; at once on that thread.
    [[nodiscard]] bool join_within(std::chrono::milliseconds longest);
    void join() { thread_.join(); }
    void detach() { thread_.detach(); }
    [[nodiscard]] bool is_detached() const noexcept { return !thread_.joinable(); }

private:
    struct end {
        std::mutex mutex;
        std::condition_variable changed;
        bool reached = false;
    };
    static std::thread start(std::function<void()> run, std::shared_ptr<end> at);

    std::shared_ptr<end> end_ = std::make_shared<end>();
    std::thread thread_;
};

}  // namespace lark::injected::detail
