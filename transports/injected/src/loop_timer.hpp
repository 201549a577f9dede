#pragma once

#include "turn_grid.hpp"

#include <lark/injected/event_loop.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <optional>

namespace lark::injected::detail {

/// The one timer that an event loop has, touched only when the time for which it is set changes.
class loop_timer {
public:
    loop_timer(event_loop& loop, duration slack) noexcept : loop_(loop), turns_(slack) {}
    loop_timer(const loop_timer&) = delete;
    loop_timer& operator=(const loop_timer&) = delete;
    ~loop_timer() {
        if (armed_) loop_.disarm_timer();
    }

    /// It has gone off. Returns the time that it is: its own if it goes off a hair early.
    [[nodiscard]] time_point gone_off(time_point now) noexcept {
        if (armed_ && *armed_ > now && *armed_ - now <= early_tolerance) now = *armed_;
        if (armed_ && *armed_ <= now) turns_.taken(*armed_, now);
        armed_.reset();
        return now;
    }

    /// For the turn that `deadline` shares with others.
    void set_for(std::optional<time_point> deadline) { set_at(deadline ? turns_.turn_for(*deadline) : deadline); }

    /// For this time itself; nothing: for none.
    void set_at(std::optional<time_point> turn) {
        if (turn == armed_) return;
        if (turn) loop_.arm_timer(*turn);
        else loop_.disarm_timer();
        armed_ = turn;
    }

private:
    /// A timer that goes off this early is on time (a loop may round its time-outs down to milliseconds).
    static constexpr duration early_tolerance = std::chrono::milliseconds{1};

    event_loop& loop_;
    turn_grid turns_;
    std::optional<time_point> armed_;
};

}  // namespace lark::injected::detail
