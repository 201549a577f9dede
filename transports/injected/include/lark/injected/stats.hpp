// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// Counters of a set of registrations, and the state of one registration. Plain values.
namespace lark::injected {

/// Of a `flow_set`.
struct flow_set_stats {
    std::size_t starting = 0;   ///< registrations without a link, those that wait for their turn to begin among them
    std::size_t polling = 0;    ///< registrations whose user has not decided
    std::size_t expiring = 0;   ///< registrations that wait for their code to expire
    std::size_t in_flight = 0;  ///< requests
    std::size_t queued = 0;     ///< registrations whose request waits for a place
    std::size_t starts_held_back =
        0;                       ///< of those queued the ones not begun: see `flow_set_options::max_starts_per_second`
    std::uint64_t requests = 0;  ///< started, since the set was made
    std::uint64_t timers = 0;    ///< turns for which the timer expired, since the set was made
    duration timer_late{};       ///< how late the last of them came, by the clock of the loop
    duration timer_late_max{};   ///< how late the latest came

    friend bool operator==(const flow_set_stats&, const flow_set_stats&) = default;
};

/// Of one registration.
struct registration_state {
    registration::registration_phase phase = registration::registration_phase::starting;  ///< how far it is
    /// When the next request is due, on the wall; in the past while one is due and waits for its turn, and for a handle
    /// of a registrar, while it is out. Nothing when none is to come.
    std::optional<std::chrono::system_clock::time_point> next_request_at{};
    unsigned polls = 0;  ///< sent so far
    /// The last transient error that no good reply has followed, or empty; see `failure::last_error`.
    std::string last_error{};
    std::optional<registration::trace_event>
        last_exchange{};  ///< the last one that ended; see `registration::flow::last_exchange`
};

}  // namespace lark::injected
