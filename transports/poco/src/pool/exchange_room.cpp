// SPDX-License-Identifier: MIT
// Whether there is a connection for one more request. A caller that asks before each request can hold back those that would
// only wait; their timeouts have not begun then.
#include "os/socket_calls.hpp"
#include "pool/exchange_pool.hpp"

#include <algorithm>

namespace lark::poco::detail {
namespace {

std::size_t left_of(std::size_t most, std::size_t used) noexcept { return most - std::min(most, used); }

}  // namespace

connection_limits connection_limits::of(const event_loop_options& options) noexcept {
    const auto all = std::max<std::size_t>(1, max_descriptors() / 2);
    const auto left = all == 1 ? 0 : std::max<std::size_t>(1, all / 4);
    return {all, std::min(options.max_connections_per_host, all - left)};
}

bool exchange_pool::has_room(std::string_view origin, wire_time now) noexcept {
    const auto known = by_origin_.find(origin);
    if (known == by_origin_.end()) {
        const bool room = slots_.size() - idle_ + waits_ < limits_.in_all;
        refused_unknown_ = refused_unknown_ || !room;
        return room;
    }
    auto& to = *known->second;
    if (has_room(to, now)) return true;
    if (!std::exchange(to.refused, true)) refused_.push_back(&to);
    return false;
}

bool exchange_pool::has_room(const host& to, wire_time now) const noexcept {
    if (now < to.fails_until) return true;
    return to.waits < to.idle.size() + may_be_opened(to, now);
}

/// As `may_open`, for several, and without beginning anything.
std::size_t exchange_pool::may_be_opened(const host& to, wire_time now) const noexcept {
    if (now < crowded_until_ && !slots_.empty()) return 0;
    auto count = std::min(left_of(most_opening, to.opening), left_of(limits_.to_a_host, to.connections));
    if (now < to.unknown_until) count = std::min(count, left_of(most_unknown, to.connections));
    // Idle connections to other hosts can be closed, and the requests that wait for those may need one each.
    const auto used = slots_.size() - (idle_ - to.idle.size()) + (waits_ - to.waits);
    return std::min(count, left_of(limits_.in_all, used));
}

void exchange_pool::look_for_room(wire_time now) {
    if (refused_unknown_ && slots_.size() - idle_ + waits_ < limits_.in_all) {
        refused_unknown_ = false;
        room_ = true;
    }
    std::erase_if(refused_, [&](host* to) {
        if (has_room(*to, now)) {
            room_ = true;
            to->refused = false;
            return true;
        }
        // All else that makes room is an event.
        if (now < to->unknown_until) serve_at(*to, to->unknown_until);
        if (now < crowded_until_) serve_at(*to, crowded_until_);
        return false;
    });
}

}  // namespace lark::poco::detail
