// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/event_loop.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/poco/event_loop.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace lark::test {

/// An event loop over Poco's whose waits take no time: while no request is out, its clock jumps to the timer. Requests
/// take the time they take.
class skipping_loop final : public injected::event_loop, private injected::event_handler {
public:
    explicit skipping_loop(poco::event_loop& inner) : inner_{inner} { inner_.attach(*this); }
    ~skipping_loop() override { inner_.detach(*this); }

    void start_request(injected::request_handle id, http_request request) override {
        ++requests_;
        inner_.start_request(id, std::move(request));
    }
    void abandon_request(injected::request_handle id) noexcept override { inner_.abandon_request(id); }
    void arm_timer(time_point deadline) override {
        timer_ = deadline;
        inner_.arm_timer(saturating_add(deadline, -ahead_));
    }
    void disarm_timer() override {
        timer_.reset();
        inner_.disarm_timer();
    }
    [[nodiscard]] time_point now() override { return saturating_add(inner_.now(), ahead_); }

    /// One turn of the loop for the set that runs over it.
    void run_once(injected::flow_set& set) {
        if (timer_ && set.requests_in_flight() == 0) {
            const auto left = std::max(saturating_sub(*timer_, now()), duration::zero());
            slept_ += left;
            jump(left);
            if (on_sleep && left > duration::zero()) on_sleep();
            inner_.arm_timer(saturating_add(*timer_, -ahead_));
        }
        inner_.run_once();
    }

    /// Moves time forward or back, without a wake-up.
    void jump(duration by) { ahead_ += by; }
    [[nodiscard]] duration slept() const noexcept { return slept_; }
    [[nodiscard]] int requests() const noexcept { return requests_; }

    std::function<void()> on_sleep{};  ///< at the end of each wait

private:
    bool handle_result(injected::request_handle id, http_result result) override {
        return deliver(id, std::move(result));
    }
    void handle_timer() override { timer_expired(); }

    poco::event_loop& inner_;
    std::optional<time_point> timer_;
    duration ahead_{};
    duration slept_{};
    int requests_ = 0;
};

}  // namespace lark::test
