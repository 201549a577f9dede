// SPDX-License-Identifier: MIT
#pragma once

#include <lark/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace lark::injected::detail {

/// Spreads the starts of registrations over time: so many a second, where a few milliseconds' worth may come at once.
/// (The virtual scheduling form of a leaky bucket: only the time at which the next start would be regular is kept.)
///
/// A slow service lowers the rate. A start takes a place for three replies on end (init, begin, the first poll), so with
/// replies after T, P places are full of starts at P / 3T a second; half of that leaves the other half to polls, and lets
/// those come evenly later.
class start_pacer {
public:
    static constexpr duration burst = std::chrono::milliseconds{5};
    /// Taken for T until a reply has come.
    static constexpr duration first_guess = std::chrono::seconds{1};

    /// `per_second` 0: no limit, whatever the service. `now` is the time from which starts are allowed. A start that comes up
    /// to `slack` late does not hold up the next one.
    start_pacer(unsigned per_second, std::size_t places, time_point now, duration slack = duration::zero()) noexcept
        : shortest_(per_second == 0 ? duration::zero() : duration{std::chrono::seconds{1}} / per_second),
          places_(static_cast<duration::rep>(std::min<std::size_t>(places, 1'000'000))),
          step_(step_for(first_guess)),
          slack_(slack),
          regular_(now) {}

    /// When the next start may be made; may lie in the past.
    [[nodiscard]] time_point next() const noexcept {
        return step_ > burst ? regular_ : saturating_add(regular_, step_ - burst);
    }

    [[nodiscard]] bool allows(time_point now) const noexcept { return now >= next(); }

    /// A start was made at `now`, which `allows` it.
    void count(time_point now) noexcept {
        regular_ = saturating_add(std::max(regular_, saturating_add(now, -slack_)), step_);
    }

    /// A reply came at `now`, after `took`.
    void learn(duration took, time_point now) noexcept {
        constexpr duration longest = std::chrono::minutes{1};
        took = std::clamp(took, duration::zero(), longest);
        reply_time_ = reply_time_ ? *reply_time_ + (took - *reply_time_) / 16 : took;
        step_ = step_for(*reply_time_);
        regular_ = std::min(regular_, saturating_add(now, std::max(step_, burst)));  // a former step may have been long
    }

private:
    [[nodiscard]] duration step_for(duration reply_time) const noexcept {
        return shortest_ == duration::zero() ? shortest_ : std::max(shortest_, 6 * reply_time / places_);
    }

    duration shortest_;
    duration::rep places_;
    duration step_;
    duration slack_;
    time_point regular_;
    std::optional<duration> reply_time_;  // averaged, the latest replies counting most
};

}  // namespace lark::injected::detail
