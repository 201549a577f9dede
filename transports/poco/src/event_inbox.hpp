#pragma once

#include "endpoint.hpp"
#include "resolver.hpp"
#include "stop_signal.hpp"

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace lark::poco::detail {

/// What other threads leave for an event loop, and how they wake it. Shared: a resolver's thread may outlive the loop.
///
/// Threads: any.
class event_inbox {
public:
    void wake() noexcept {
        if (!awake_.exchange(true)) flag_.set();
    }
    /// The loop has seen the wake; what comes from now on wakes it anew.
    void seen() noexcept {
        flag_.reset();
        awake_ = false;
    }
    void leave(endpoint who, resolution answer) {
        {
            const std::lock_guard lock{mutex_};
            resolved_.emplace_back(std::move(who), std::move(answer));
        }
        wake();
    }
    [[nodiscard]] std::vector<std::pair<endpoint, resolution>> take() {
        const std::lock_guard lock{mutex_};
        return std::exchange(resolved_, {});
    }
    [[nodiscard]] event_flag& flag() noexcept { return flag_; }

private:
    event_flag flag_;
    std::atomic<bool> awake_ = false;
    std::mutex mutex_;
    std::vector<std::pair<endpoint, resolution>> resolved_;
};

}  // namespace lark::poco::detail
