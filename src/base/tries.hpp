// SPDX-License-Identifier: MIT
#pragma once

#include <lark/time.hpp>

#include <algorithm>
#include <chrono>

/// The rules for the tries of a request, which registrations, tokens and calls share.
namespace lark::base {

/// The wait after the n-th failure in a row, n from 1: 1 s, 2 s, 4 s…
[[nodiscard]] constexpr std::chrono::seconds backoff(unsigned n) noexcept {
    return std::chrono::seconds{std::chrono::seconds::rep{1} << std::min(n - 1, 30u)};
}

/// The timeout of a request with `left` for it. One that waited in its driver until nothing was left still gets a moment.
[[nodiscard]] constexpr duration timeout_within(duration longest, duration left) noexcept {
    return std::max<duration>(std::min(longest, left), std::chrono::milliseconds{1});
}

/// The end of the budget of all tries, when one is handed out. It begins with the first; `end` is the last of all times
/// until then. The time that a request waited for its turn in the driver is not the service's.
[[nodiscard]] constexpr time_point budget_end_at_hand_out(time_point end, time_point now, time_point due_since,
                                                          duration budget) noexcept {
    return end == time_point::max() ? saturating_add(now, budget) : saturating_add(end, saturating_sub(now, due_since));
}

/// The same when a request or a wait has ended. Time beyond its deadline passed in a suspend: the service did not use it.
[[nodiscard]] constexpr time_point budget_end_after(time_point end, time_point now, time_point deadline) noexcept {
    return saturating_add(end, std::max(saturating_sub(now, deadline), duration{0}));
}

}  // namespace lark::base
