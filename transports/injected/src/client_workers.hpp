// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/client.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace lark::injected {

/// Threads for the asynchronous calls of one client, started as they are needed.
class client::workers {
public:
    explicit workers(unsigned most) : most_(most) {}
    workers(const workers&) = delete;
    workers& operator=(const workers&) = delete;
    /// Requests a stop of all tasks and waits until all have run; those that have not started get a token that is
    /// stopped. On one of its own threads it runs the remaining tasks itself, and does not wait for the task that it is
    /// called from.
    ~workers();

    /// A task gets a token that is stopped by `stop`, and by the end of the workers. Throws `std::system_error` if not
    /// even one thread can be started.
    void add(std::function<void(const std::stop_token&)> run, std::stop_token stop);

private:
    struct task {
        std::function<void(const std::stop_token&)> run;
        std::stop_token stop;
        std::stop_source either{};  ///< by that or by the end; made before it waits, since a thread may have no memory
    };
    /// Used by the threads; it outlives the workers if a thread does.
    struct shared {
        std::mutex mutex;
        std::condition_variable wake;
        std::deque<task> tasks;
        unsigned idle = 0;
        bool closing = false;
        std::stop_source stop;
    };

    static void serve(std::shared_ptr<shared> state);
    static void perform_next(shared& state, std::unique_lock<std::mutex>& lock);

    unsigned most_;
    std::shared_ptr<shared> state_ = std::make_shared<shared>();
    std::vector<std::thread> threads_;  // guarded by the mutex of the state
};

}  // namespace lark::injected
