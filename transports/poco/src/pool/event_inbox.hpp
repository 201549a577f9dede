// SPDX-License-Identifier: MIT
#pragma once

#include "os/event_flag.hpp"
#include "os/resolver.hpp"
#include "wire/endpoint.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace lark::poco::detail {

/// The answers that other threads leave for an event loop, and its wake-up. Shared: a resolver's thread may outlive the
/// loop.
///
/// Threads: any.
class event_inbox {
public:
    void wake() noexcept {
        if (!awake_.exchange(true)) flag_.set();
    }
    /// The loop has seen the wake-up. The next answer wakes it again.
    void seen() noexcept {
        flag_.reset();
        awake_ = false;
    }
    using results = std::list<std::pair<endpoint, resolution>>;

    /// Room for an answer, made beforehand: a resolver's thread cannot report that memory has run out.
    [[nodiscard]] static std::shared_ptr<results> reserve(endpoint who) {
        auto answer = std::make_shared<results>();
        answer->emplace_back(std::move(who), resolution{});
        return answer;
    }
    void deliver(results& answer) noexcept {
        {
            const std::lock_guard lock{mutex_};
            resolved_.splice(resolved_.end(), answer);
        }
        wake();
    }
    [[nodiscard]] results take() noexcept {
        const std::lock_guard lock{mutex_};
        return std::exchange(resolved_, {});
    }
    [[nodiscard]] event_flag& flag() noexcept { return flag_; }

private:
    event_flag flag_;
    std::atomic<bool> awake_ = false;
    std::mutex mutex_;
    results resolved_;
};

}  // namespace lark::poco::detail
