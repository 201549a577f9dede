// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/event_loop.hpp>
#include <lark/time.hpp>

#include <algorithm>

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

}  // namespace lark::injected::detail
