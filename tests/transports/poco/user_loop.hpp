// SPDX-License-Identifier: MIT
#pragma once

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace lark::test {

/// A loop of the user's: what is posted waits until the test runs it.
class user_loop {
public:
    std::function<void(std::function<void()>)> post() {
        return [this](std::function<void()> f) {
            {
                const std::lock_guard lock{mutex_};
                waiting_.push_back(std::move(f));
            }
            changed_.notify_all();
        };
    }

    /// Waits for the next function, 10 s at most, and takes it out. On the thread of the test.
    std::function<void()> next() {
        std::unique_lock lock{mutex_};
        BOOST_REQUIRE(changed_.wait_for(lock, std::chrono::seconds{10}, [this] { return !waiting_.empty(); }));
        auto f = std::move(waiting_.front());
        waiting_.pop_front();
        return f;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
};

}  // namespace lark::test
