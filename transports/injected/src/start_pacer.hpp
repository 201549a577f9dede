#pragma once

#include <lark/time.hpp>

#include <algorithm>
#include <chrono>

namespace lark::injected::detail {

/// Spreads the starts of registrations over time: so many a second, where a few milliseconds' worth may come at once.
/// (The virtual scheduling form of a leaky bucket: only the time at which the next start would be regular is kept.)
class start_pacer {
public:
    static constexpr duration burst = std::chrono::milliseconds{5};

    /// `per_second` 0: no limit. `now` is the time from which starts are allowed.
    start_pacer(unsigned per_second, time_point now) noexcept
        : step_(per_second == 0 ? duration::zero() : duration{std::chrono::seconds{1}} / per_second), regular_(now) {}

    /// When the next start may be made; may lie in the past.
    [[nodiscard]] time_point next() const noexcept {
        return step_ > burst ? regular_ : saturating_add(regular_, step_ - burst);
    }

    [[nodiscard]] bool allows(time_point now) const noexcept { return now >= next(); }

    /// A start was made at `now`, which `allows` it.
    void count(time_point now) noexcept { regular_ = saturating_add(std::max(regular_, now), step_); }

private:
    duration step_;
    time_point regular_;
};

}  // namespace lark::injected::detail
