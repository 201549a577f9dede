// SPDX-License-Identifier: MIT
#pragma once

#include <lark/time.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

namespace lark::injected::detail {

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

    /// The slot with the earliest deadline, if that is reached; it is cleared. Equal deadlines come in the order in which
    /// they were set.
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

}  // namespace lark::injected::detail
