// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/outputs.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace lark::base {

inline constexpr std::chrono::seconds longest_backoff{30};
/// The wait after the n-th failure in a row, n from 1: 1 s, 2 s, 4 s… up to 30 s.
[[nodiscard]] constexpr std::chrono::seconds backoff(unsigned n) noexcept {
    return std::min(std::chrono::seconds{std::chrono::seconds::rep{1} << std::min(n - 1, 30u)}, longest_backoff);
}

/// The step after a failure.
struct next_try {
    registration::stop_reason stop = registration::stop_reason::none;  ///< why no try follows; `none` if one does
    duration wait{};                                                   ///< before it
    registration::wait_reason reason = registration::wait_reason::backoff;
};

/// The tries of a request, of which at most one is out: what registrations, tokens and calls have in common. A plain
/// value: a rule works on a copy, which replaces the original when it is applied.
struct tries {
    std::uint64_t last_id = 0;                  ///< of the request that is out, or was last; never reused
    registration::request_id abandoned{};       ///< to be handed out; 0: none
    unsigned failures = 0;                      ///< in a row
    time_point due_since = time_point::min();   ///< while due
    time_point request_deadline{};              ///< while sent, and of the last request after that
    time_point wait_end{};                      ///< while waiting
    duration timeout{};                         ///< of the request that is out, or was last
    time_point budget_end = time_point::max();  ///< of all tries together; set at the first hand-out if they have one

    [[nodiscard]] registration::request_id id() const noexcept { return registration::request_id{last_id}; }
    void abandon() noexcept { abandoned = id(); }
    [[nodiscard]] registration::request_id take_abandoned() noexcept { return std::exchange(abandoned, {}); }

    /// The budget begins with the first hand-out. The time that a request waited for its turn in the driver is not the
    /// service's.
    void use_budget(time_point now, duration budget) noexcept {
        budget_end = budget_end == time_point::max() ? saturating_add(now, budget)
                                                     : saturating_add(budget_end, saturating_sub(now, due_since));
    }
    /// A request or a wait has ended. Time beyond its deadline passed in a suspend, and the service did not use it.
    void add_suspend(time_point now, time_point deadline) noexcept {
        budget_end = saturating_add(budget_end, std::max(saturating_sub(now, deadline), duration{0}));
    }

    /// Starts a request that may take until `limit` at most. One that waited in its driver until nothing was left still
    /// gets a moment.
    void start(time_point now, duration longest, time_point limit) noexcept {
        ++last_id;
        timeout = std::max<duration>(std::min(longest, saturating_sub(limit, now)), std::chrono::milliseconds{1});
        request_deadline = saturating_add(now, timeout);
    }

    /// The request has failed. If the error is retryable, waits for the next of at most `most` tries: for the back-off,
    /// or for `asked` if that is longer.
    [[nodiscard]] next_try fail(time_point now, bool retryable, unsigned most, duration asked) noexcept {
        using registration::stop_reason;
        using registration::wait_reason;
        ++failures;
        const duration least = backoff(failures);
        const auto wait = std::max(least, asked);
        wait_end = saturating_add(now, wait);
        add_suspend(now, request_deadline);
        const auto stop = !retryable               ? stop_reason::answer
                          : failures >= most       ? stop_reason::tries
                          : wait_end >= budget_end ? stop_reason::start_budget
                                                   : stop_reason::none;
        return {stop, wait, asked > least ? wait_reason::retry_after : wait_reason::backoff};
    }
};

}  // namespace lark::base
