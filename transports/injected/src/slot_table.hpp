// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/registration/outputs.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace lark::injected::detail {

/// Entries in slots that never move. A slot has a stamp, which counts its entries and their requests; an id or a
/// request_handle is slot and stamp together, so a stale one is recognised. (A stamp wraps after 2³² requests through
/// one slot: centuries of polling.)
///
/// An entry has members `id`, of type `Id`, and `in_flight`, the handle of its request, 0 for none.
template <class Entry, class Id>
class slot_table {
public:
    /// The slot of an id or a request_handle.
    template <class Name>
    [[nodiscard]] static constexpr std::uint32_t slot_of(Name id) noexcept {
        return static_cast<std::uint32_t>(static_cast<std::uint64_t>(id));
    }

    /// Null if there is no such entry (any more).
    [[nodiscard]] Entry* find(Id id) const noexcept {
        auto* t = at(slot_of(id));
        return t != nullptr && t->id == id ? t : nullptr;
    }
    /// Null unless that request is in flight.
    [[nodiscard]] Entry* find(request_handle id) const noexcept {
        auto* t = at(slot_of(id));
        return t != nullptr && id != request_handle{} && t->in_flight == id ? t : nullptr;
    }
    /// Null for a slot without entry.
    [[nodiscard]] Entry* at(std::uint32_t slot) const noexcept {
        return slot < slots_.size() ? slots_[slot].owner.get() : nullptr;
    }

    /// Gives it a slot and an id. Throws `std::bad_alloc`; then `t` is unchanged.
    Id insert(std::unique_ptr<Entry>&& t) {
        if (free_.empty()) grow();
        const auto slot = free_.back();
        free_.pop_back();
        t->id = make_id<Id>(slot);
        slots_[slot].owner = std::move(t);
        ++size_;
        return slots_[slot].owner->id;
    }

    [[nodiscard]] std::unique_ptr<Entry> remove(const Entry& t) noexcept {
        const auto slot = slot_of(t.id);
        free_.push_back(slot);  // has room, see `grow`
        --size_;
        return std::move(slots_[slot].owner);
    }

    [[nodiscard]] request_handle new_request_handle(const Entry& t) noexcept {
        return make_id<request_handle>(slot_of(t.id));
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Calls `function` with every entry; it must not remove any. It may add some, which may be visited too.
    template <class Function>
    void for_each(Function&& function) const {
        for (std::size_t i = 0; i < slots_.size(); ++i)
            if (slots_[i].owner) function(*slots_[i].owner);
    }

private:
    struct slot_content {
        std::unique_ptr<Entry> owner;
        std::uint32_t stamp = 0;
    };

    template <class Name>
    Name make_id(std::uint32_t slot) noexcept {
        return Name{std::uint64_t{++slots_[slot].stamp} << 32 | slot};
    }

    /// Reserves room for every slot in the list of free ones, so that `remove` cannot fail.
    void grow() {
        if (slots_.size() == slots_.capacity()) {
            const auto room = std::max<std::size_t>(16, 2 * slots_.size());
            free_.reserve(room);
            slots_.reserve(room);
        }
        slots_.emplace_back();
        free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
    }

    std::vector<slot_content> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

/// The answer to a request of an entry. The room for it is made before the request starts, so that none is lost for want
/// of memory.
template <class Id>
struct arrived_result {
    Id to;
    registration::request_id request;  ///< the flow's name for it
    http_result result;
};
template <class Id>
using arrived_results = std::list<arrived_result<Id>>;

}  // namespace lark::injected::detail
