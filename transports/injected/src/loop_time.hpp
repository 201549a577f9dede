// SPDX-License-Identifier: MIT
// The time of an event loop as its drivers see it: one `now`, many deadlines, and one timer.
#pragma once

#include <lark/injected/event_loop.hpp>
#include <lark/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

namespace lark::injected::detail {

/// The time of an event loop, shared by the parts of one driver: all of them see the same `now`, which never goes back.
struct loop_clock {
    explicit loop_clock(event_loop& of) : loop(of), now(of.now()) {}
    loop_clock(const loop_clock&) = delete;
    loop_clock& operator=(const loop_clock&) = delete;
    ~loop_clock() = default;

    void read() { now = std::max(now, loop.now()); }

    event_loop& loop;
    time_point now;  ///< the latest seen
};

/// One deadline at most for each slot, and the earliest of all at hand.
///
/// A heap with lazy deletion: a deadline that is replaced or cleared stays in the heap, known as stale by its sequence
/// number, until it comes to the top. Requests are mostly answered long before their timeout, so stale entries are the
/// rule; once they outnumber the live ones the heap is rebuilt without them, which bounds it to twice its use.
class deadline_heap {
public:
    using slot = std::uint32_t;

    /// The slot's deadline, in place of the one that it had. Throws `std::bad_alloc`, and then keeps what it had.
    void set(slot owner, time_point deadline) {
        if (owner >= current_.size()) current_.resize(owner + std::size_t{1});
        if (entries_.size() >= 2 * live_ + smallest_to_compact) compact();
        entries_.push_back({deadline, last_sequence_ + 1, owner});
        std::push_heap(entries_.begin(), entries_.end(), later);
        clear(owner);
        current_[owner] = ++last_sequence_;
        ++live_;
    }

    void clear(slot owner) noexcept {
        if (owner >= current_.size() || current_[owner] == 0) return;
        current_[owner] = 0;
        --live_;
    }

    [[nodiscard]] std::optional<time_point> earliest() noexcept {
        while (!entries_.empty() && is_stale(entries_.front())) drop_top();
        if (entries_.empty()) return {};
        return entries_.front().deadline;
    }

    /// The slot with the earliest deadline, if that is reached; it is cleared. Equal deadlines come in the order in
    /// which they were set.
    [[nodiscard]] std::optional<slot> pop_due(time_point now) noexcept {
        const auto next = earliest();
        if (!next || *next > now) return {};
        const auto owner = entries_.front().owner;
        drop_top();
        clear(owner);
        return owner;
    }

    /// Live deadlines; and what is held in memory, stale ones included.
    [[nodiscard]] std::size_t size() const noexcept { return live_; }
    [[nodiscard]] std::size_t held() const noexcept { return entries_.size(); }

    static constexpr std::size_t smallest_to_compact = 64;

private:
    struct entry {
        time_point deadline;
        std::uint64_t sequence;  // of all deadlines ever set, so stale ones are known, and ties have an order
        slot owner;
    };

    static bool later(const entry& a, const entry& b) noexcept {
        return std::tie(a.deadline, a.sequence) > std::tie(b.deadline, b.sequence);
    }
    [[nodiscard]] bool is_stale(const entry& e) const noexcept { return current_[e.owner] != e.sequence; }

    void drop_top() noexcept {
        std::pop_heap(entries_.begin(), entries_.end(), later);
        entries_.pop_back();
    }

    void compact() noexcept {
        std::erase_if(entries_, [this](const entry& e) { return is_stale(e); });
        std::make_heap(entries_.begin(), entries_.end(), later);
    }

    std::vector<entry> entries_;
    std::vector<std::uint64_t> current_;  // by slot: the sequence number of its deadline, 0 for none
    std::uint64_t last_sequence_ = 0;
    std::size_t live_ = 0;
};

/// When a timer that serves many deadlines expires: at once for the first of them, and in even steps while they are
/// dense, so that those between two steps share one turn. A wake-up costs more than the work for one poll.
class turn_grid {
public:
    /// `step` 0: each deadline at its own time.
    explicit turn_grid(duration step) noexcept : step_(step) {}

    /// The turn for a deadline: never before it, and less than a step after it if the turns are on time.
    [[nodiscard]] time_point turn_for(time_point deadline) const noexcept {
        const auto first = saturating_add(last_, step_);
        const auto second = saturating_add(first, step_);
        if (deadline >= second) return deadline;
        return deadline <= first ? first : second;
    }

    /// The turn for which the timer was set has come. If it is late by a step or more, the steps restart from it.
    void taken(time_point turn, time_point now) noexcept { last_ = saturating_sub(now, turn) < step_ ? turn : now; }

private:
    duration step_;
    time_point last_ = time_point::min();
};

/// The only timer of an event loop, touched only when its deadline changes.
class loop_timer {
public:
    loop_timer(event_loop& loop, duration slack) noexcept : loop_(loop), turns_(slack) {}
    loop_timer(const loop_timer&) = delete;
    loop_timer& operator=(const loop_timer&) = delete;
    ~loop_timer() {
        try {
            set_for({});
        } catch (...) {  // `event_loop::disarm_timer` documents that it is dropped here
        }
    }

    /// `handle_timer` was called. It may have been a spurious call, so the timer may still be running.
    void expired(time_point now) noexcept {
        if (!armed_) return;
        if (now >= *armed_) {
            turns_.taken(*armed_, now);
            ++expiries_;
            late_ = saturating_sub(now, *armed_);
            latest_ = std::max(latest_, late_);
        } else if (*armed_ - now <= early_tolerance) {
            early_ = true;
        }
        armed_.reset();
    }

    /// Arms it for the turn that `deadline` shares with others; without one, disarms it.
    void set_for(std::optional<time_point> deadline) {
        if (deadline) arm(turns_.turn_for(*deadline), early_ ? early_tolerance : duration::zero());
        else disarm();
    }

    /// Arms it for `now`.
    void set_at_once(time_point now) { arm(now, duration::zero()); }

    /// How often it expired, and how much after its turn the last and the latest time.
    [[nodiscard]] std::uint64_t expiries() const noexcept { return expiries_; }
    [[nodiscard]] duration late() const noexcept { return late_; }
    [[nodiscard]] duration latest() const noexcept { return latest_; }

private:
    /// A loop that rounds its timeouts down to milliseconds expires this early. Its timer is then armed that much
    /// later, so that early is never before the deadline.
    static constexpr duration early_tolerance = std::chrono::milliseconds{1};

    void arm(time_point turn, duration later) {
        if (armed_ == turn) return;
        armed_.reset();  // after an exception the next call arms it
        running_ = true;
        loop_.arm_timer(saturating_add(turn, later));
        armed_ = turn;
    }

    void disarm() {
        armed_.reset();
        if (!running_) return;
        loop_.disarm_timer();
        running_ = false;
    }

    event_loop& loop_;
    turn_grid turns_;
    std::optional<time_point> armed_;  // the turn; nothing after `handle_timer`
    bool running_ = false;             // the loop may still call `handle_timer`
    bool early_ = false;               // it has expired early once
    std::uint64_t expiries_ = 0;
    duration late_{};
    duration latest_{};
};

}  // namespace lark::injected::detail
