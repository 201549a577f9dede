// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace lark {

/// The clock of the pure part: it has no `now()`. Time is an argument, handed in by the driver, so that a flow behaves
/// the same whether an hour passes or a test says that it did. The origin is the driver's choice; only differences
/// count.
struct clock {
    using rep = std::int64_t;                             ///< counts nanoseconds
    using period = std::nano;                             ///< the unit of `rep`
    using duration = std::chrono::duration<rep, period>;  ///< a span of time
    using time_point = std::chrono::time_point<clock>;    ///< a time on this clock
    static constexpr bool is_steady = true;               ///< never goes back
    static time_point now() = delete;
};

using duration = clock::duration;      ///< a span of time, in nanoseconds
using time_point = clock::time_point;  ///< a time, since an origin of the driver's choice

/// Converts a reading of the steady clock. On Linux that clock stands still while the machine sleeps; a driver that can
/// should rather read `CLOCK_BOOTTIME` and use `from_origin`.
[[nodiscard]] constexpr time_point from_steady(std::chrono::steady_clock::time_point t) noexcept {
    return time_point{std::chrono::duration_cast<duration>(t.time_since_epoch())};
}

/// A time that lies `since_origin` after an origin of the driver's choice (say, the boot of the machine).
[[nodiscard]] constexpr time_point from_origin(duration since_origin) noexcept { return time_point{since_origin}; }

/// `t + d`, held at the ends of the range instead of overflowing (protocol.md, section 3: all time arithmetic
/// saturates).
[[nodiscard]] constexpr time_point saturating_add(time_point t, duration d) noexcept {
    const auto a = t.time_since_epoch().count();
    const auto b = d.count();
    using limits = std::numeric_limits<clock::rep>;
    if (b > 0 && a > limits::max() - b) return time_point::max();
    if (b < 0 && a < limits::min() - b) return time_point::min();
    return time_point{duration{a + b}};
}

/// `later - earlier`, held at the ends of the range.
[[nodiscard]] constexpr duration saturating_sub(time_point later, time_point earlier) noexcept {
    const auto a = later.time_since_epoch().count();
    const auto b = earlier.time_since_epoch().count();
    using limits = std::numeric_limits<clock::rep>;
    if (b < 0 && a > limits::max() + b) return duration::max();
    if (b > 0 && a < limits::min() + b) return duration::min();
    return duration{a - b};
}

}  // namespace lark
