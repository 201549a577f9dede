// SPDX-License-Identifier: MIT
#pragma once

#include <lark/time.hpp>

namespace lark::injected::detail {

/// When a timer that serves many deadlines expires: at once for the first of them, and in even steps while they are dense,
/// so that those between two steps share one turn. A wake-up costs more than the work for one poll.
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

}  // namespace lark::injected::detail
