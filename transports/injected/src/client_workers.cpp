// SPDX-License-Identifier: MIT
#include "client_workers.hpp"

#include "signals_blocked.hpp"

#include <utility>

namespace lark::injected {
client::workers::~workers() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock{state_->mutex};
        state_->closing = true;
        threads.swap(threads_);
    }
    state_->stop.request_stop();
    state_->wake.notify_all();
    bool on_own_thread = false;
    for (auto& thread : threads) {
        if (thread.get_id() == std::this_thread::get_id()) {
            thread.detach();
            on_own_thread = true;
        } else {
            thread.join();
        }
    }
    if (!on_own_thread) return;
    // The tasks that are left may use a transport that does not outlive the client, so they end now.
    std::unique_lock lock{state_->mutex};
    while (!state_->tasks.empty()) perform_next(*state_, lock);
}

void client::workers::add(std::function<void(const std::stop_token&)> run, std::stop_token stop) {
    const std::lock_guard lock{state_->mutex};
    state_->tasks.push_back({std::move(run), std::move(stop)});
    if (state_->tasks.size() > state_->idle && threads_.size() < most_) {
        try {
            threads_.reserve(threads_.size() + 1);
            const detail::signals_blocked inherited;
            threads_.emplace_back(&workers::serve, state_);
        } catch (const std::exception&) {
            if (threads_.empty()) {  // else the existing threads perform it
                state_->tasks.pop_back();
                throw;
            }
        }
    }
    state_->wake.notify_one();
}

void client::workers::serve(std::shared_ptr<shared> state) {
    std::unique_lock lock{state->mutex};
    for (;;) {
        ++state->idle;
        state->wake.wait(lock, [&] { return state->closing || !state->tasks.empty(); });
        --state->idle;
        if (state->tasks.empty()) return;
        perform_next(*state, lock);
    }
}

void client::workers::perform_next(shared& state, std::unique_lock<std::mutex>& lock) {
    auto next = std::move(state.tasks.front());
    state.tasks.pop_front();
    lock.unlock();
    {
        const auto stop = [&next] { next.either.request_stop(); };
        const std::stop_callback by_caller{next.stop, stop};
        const std::stop_callback by_end{state.stop.get_token(), stop};
        next.run(next.either.get_token());
    }
    next.run = nullptr;  // its captures are destroyed without the mutex
    lock.lock();
}

}  // namespace lark::injected
