// SPDX-License-Identifier: MIT
#include "callback_queue.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace lark::injected::detail {

/// The state of a function that is given to `post`.
class callback_queue::posted_turn {
public:
    posted_turn(std::shared_ptr<callback_queue> queue, std::uint64_t number)
        : queue_{std::move(queue)}, number_{number} {}
    posted_turn(const posted_turn&) = delete;
    posted_turn& operator=(const posted_turn&) = delete;
    ~posted_turn() {
        if (!used_.exchange(true)) queue_->lose_turn(number_);
    }
    void use() noexcept {
        if (!used_.exchange(true)) queue_->use_turn();
    }

private:
    std::shared_ptr<callback_queue> queue_;
    std::uint64_t number_;  // of the callback that it was made for
    std::atomic<bool> used_ = false;
};

/// A call of `post` on this thread, unless the queue is mute.
class callback_queue::posting {
public:
    explicit posting(callback_queue& queue) : queue_{queue} {
        const std::lock_guard lock{queue_.mutex_};
        if (queue_.muted_) return;
        entered_ = true;
        next_ = std::exchange(queue_.postings_, this);
    }
    posting(const posting&) = delete;
    posting& operator=(const posting&) = delete;
    ~posting() {
        if (!entered_) return;
        const std::lock_guard lock{queue_.mutex_};
        auto** link = &queue_.postings_;
        while (*link != this) link = &(*link)->next_;
        *link = next_;
        queue_.changed_.notify_all();
    }
    [[nodiscard]] bool entered() const noexcept { return entered_; }
    /// Whether another thread than this one is in any of them. Under the queue's lock.
    [[nodiscard]] static bool elsewhere(const posting* first) noexcept {
        while (first != nullptr && first->thread_ == std::this_thread::get_id()) first = first->next_;
        return first != nullptr;
    }

private:
    callback_queue& queue_;
    const std::thread::id thread_ = std::this_thread::get_id();
    posting* next_ = nullptr;
    bool entered_ = false;
};

callback_queue::callback_queue(post_function post, std::shared_ptr<callback_gate> gate)
    : post_{std::move(post)}, gate_{std::move(gate)} {}

void callback_queue::add(callback next) {
    std::uint64_t number = 0;
    {
        const std::lock_guard lock{mutex_};
        if (dropping_ || closed_) return;
        number = ++last_number_;
        pending_.emplace_back(number, std::move(next));
        ++turns_;
    }
    run_or_post(number);
}

void callback_queue::add_last(callback last) noexcept {
    std::unique_lock lock{mutex_};
    closed_ = true;
    if (!last || muted_) return report_end(lock);
    last_ = std::move(last);
    const auto number = ++last_number_;
    ++turns_;
    lock.unlock();
    run_or_post(number);
}

bool callback_queue::post(std::function<void()> f) {
    const posting call{*this};
    if (call.entered()) post_(std::move(f));
    return call.entered();
}

void callback_queue::run_or_post(std::uint64_t number) noexcept {
    if (post_) post_turn(number);
    else use_turn();
}

/// If the gate is closed, the function is dropped, and a callback with it.
void callback_queue::post_turn(std::uint64_t number) noexcept {
    std::shared_ptr<posted_turn> turn;  // lost only after the exception has been reported
    try {
        turn = std::make_shared<posted_turn>(shared_from_this(), number);
        const callback_gate::scope allowed{gate_.get()};
        if (allowed.entered()) post([turn] { turn->use(); });
    } catch (...) {  // reported through `get`, like a callback's
        handle_exception(std::current_exception());
        if (!turn) lose_turn(number);  // no memory for it
    }
}

void callback_queue::use_turn() noexcept {
    std::unique_lock lock{mutex_};
    --turns_;
    if (running_) {
        ++owed_;
        return;
    }
    run_next(lock);
    while (owed_ > 0) {
        --owed_;
        run_next(lock);
    }
    report_end(lock);
}

void callback_queue::run_next(std::unique_lock<std::mutex>& lock) noexcept {
    callback next;
    if (!pending_.empty()) {
        next = std::move(pending_.front().second);
        pending_.pop_front();
    } else if (last_) {
        next = std::exchange(last_, nullptr);
    } else {
        return;  // dropped meanwhile
    }
    running_ = true;
    runner_ = std::this_thread::get_id();
    lock.unlock();
    try {
        const callback_gate::scope calling{post_ ? nullptr : gate_.get()};
        if (calling.entered()) next();
    } catch (...) {  // reported through `get`
        handle_exception(std::current_exception());
    }
    next = nullptr;
    lock.lock();
    running_ = false;
    runner_ = {};
    changed_.notify_all();
}

void callback_queue::lose_turn(std::uint64_t number) noexcept {
    callbacks dropped;
    callback last;
    std::unique_lock lock{mutex_};  // released before those are destroyed
    --turns_;
    if (waiting() > turns_ + owed_) {
        auto its = std::find_if(pending_.begin(), pending_.end(), [=](const auto& one) { return one.first == number; });
        if (its == pending_.end()) its = pending_.begin();
        if (its == pending_.end()) last = std::exchange(last_, nullptr);
        else dropped.splice(dropped.end(), pending_, its);
    }
    report_end(lock);
}

void callback_queue::drop_pending() noexcept {
    callbacks dropped;
    std::unique_lock lock{mutex_};
    dropping_ = true;
    dropped.swap(pending_);
    report_end(lock);
}

void callback_queue::mute() noexcept {
    callbacks dropped;
    callback last;
    std::unique_lock lock{mutex_};
    dropping_ = muted_ = true;
    dropped.swap(pending_);
    last.swap(last_);
    report_end(lock);
}

void callback_queue::report_end(std::unique_lock<std::mutex>& lock) noexcept {
    if (ended_ || !closed_ || running_ || waiting() > 0) return;
    ended_ = true;
    lock.unlock();
    handle_end();
}

void callback_queue::wait_for_calls(std::chrono::milliseconds longest_post) noexcept {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !running_ || runner_ == std::this_thread::get_id(); });
    changed_.wait_for(lock, longest_post, [this] { return !posting::elsewhere(postings_); });
}

bool callback_queue::inside_callback() const {
    const std::lock_guard lock{mutex_};
    return running_ && runner_ == std::this_thread::get_id();
}

}  // namespace lark::injected::detail
