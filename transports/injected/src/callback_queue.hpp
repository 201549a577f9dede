// SPDX-License-Identifier: MIT
#pragma once

#include "callback_gate.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace lark::injected::detail {

/// Runs the callbacks of one registration, one at a time and in order: where `post` puts them, else on the thread that
/// adds them.
///
/// `post` is given a function that runs the next callback. So the order holds even if `post` leads to a pool of
/// threads, and callbacks can be dropped after they have been posted. If `post` throws, or the user's loop drops a
/// function unrun, its callback is dropped too, so that the end does not wait for it. If that has run already, by
/// another function, the next one is dropped. The last callback is dropped last.
///
/// Threads: any, for all members.
class callback_queue : public std::enable_shared_from_this<callback_queue> {
public:
    using callback = std::function<void()>;
    using post_function = std::function<void(std::function<void()>)>;

    callback_queue(const callback_queue&) = delete;
    callback_queue& operator=(const callback_queue&) = delete;

    /// Callbacks that have not started are dropped, those to come too, all but the last one.
    void drop_pending() noexcept;
    /// No callback and no call of `post` starts any more.
    void mute() noexcept;
    /// Waits for a callback that is running, then for calls of `post`, but for those no longer than `longest_post`: one
    /// that waits for this thread must not stop it for good. Not for what runs on this thread. After `mute`.
    void wait_for_calls(std::chrono::milliseconds longest_post) noexcept;
    [[nodiscard]] bool inside_callback() const;

protected:
    /// `gate` decides whether a callback may start, and a call of `post`; null: always. A function that has been posted
    /// may start in any case.
    callback_queue(post_function post, std::shared_ptr<callback_gate> gate);
    ~callback_queue() = default;

    /// Dropped after `drop_pending` and `add_last`.
    void add(callback next);
    /// Once. May be empty: then nothing is called, but the end is reported all the same.
    void add_last(callback last) noexcept;

    [[nodiscard]] bool posts() const noexcept { return post_ != nullptr; }
    /// Calls `post`. False if the queue is mute, and then `f` is dropped. Throws what `post` throws.
    bool post(std::function<void()> f);
    [[nodiscard]] const callback_gate* gate() const noexcept { return gate_.get(); }

private:
    class posted_turn;
    class posting;

    /// Takes an exception of a callback or of `post`, before the callback counts as over. Called without a lock.
    virtual void handle_exception(std::exception_ptr why) noexcept = 0;
    /// Once, when the last callback has run or has been dropped and none is running. Called without a lock.
    virtual void handle_end() noexcept = 0;

    void run_or_post(std::uint64_t number) noexcept;
    void post_turn(std::uint64_t number) noexcept;
    void use_turn() noexcept;
    void lose_turn(std::uint64_t number) noexcept;
    void run_next(std::unique_lock<std::mutex>& lock) noexcept;
    void report_end(std::unique_lock<std::mutex>& lock) noexcept;
    [[nodiscard]] std::size_t waiting() const noexcept { return pending_.size() + (last_ ? 1U : 0U); }

    const post_function post_;
    const std::shared_ptr<callback_gate> gate_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    using callbacks = std::list<std::pair<std::uint64_t, callback>>;  // with their numbers
    callbacks pending_;  // nearly always empty, and then it takes no memory
    callback last_;
    std::uint64_t last_number_ = 0;
    std::size_t turns_ = 0;  // one for each callback that was added, until it is used or lost
    std::size_t owed_ = 0;   // turns used while another callback ran
    bool running_ = false;
    std::thread::id runner_;       // while `running_`
    posting* postings_ = nullptr;  // the calls of `post`
    bool dropping_ = false;
    bool muted_ = false;
    bool closed_ = false;  // the last one has been added
    bool ended_ = false;
};

}  // namespace lark::injected::detail
