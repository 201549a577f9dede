// SPDX-License-Identifier: MIT
#include "background_thread.hpp"

#include "signals_blocked.hpp"

#include <utility>

namespace lark::injected::detail {

background_thread::background_thread(std::function<void()> run) : thread_{start(std::move(run), end_)} {}

std::thread background_thread::start(std::function<void()> run, std::shared_ptr<end> at) {
    const signals_blocked inherited;
    return std::thread{[run = std::move(run), at = std::move(at)]() mutable {
        run();
        run = nullptr;  // what it owns is destroyed before the end is reported
        {
            const std::lock_guard lock{at->mutex};
            at->reached = true;
        }
        at->changed.notify_all();
    }};
}

bool background_thread::join_within(std::chrono::milliseconds longest) {
    if (is_here()) return false;
    {
        std::unique_lock lock{end_->mutex};
        if (!end_->changed.wait_for(lock, longest, [this] { return end_->reached; })) return false;
    }
    thread_.join();
    return true;
}

}  // namespace lark::injected::detail
