// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/http_client.hpp>

#include <algorithm>
#include <functional>

namespace lark::test {

/// A blocking client over another one whose waits take no time: its clock jumps over them. Requests take the time they
/// take.
class skipping_client final : public injected::http_client {
public:
    explicit skipping_client(injected::http_client& inner) : inner_{inner} {}

    [[nodiscard]] http_result send(const http_request& request, std::stop_token stop) override {
        ++requests_;
        return inner_.send(request, std::move(stop));
    }
    [[nodiscard]] time_point now() override { return saturating_add(inner_.now(), ahead_); }
    void sleep_until(time_point deadline, std::stop_token) override {
        const auto left = std::max(saturating_sub(deadline, now()), duration::zero());
        slept_ += left;
        jump(left);
        if (on_sleep) on_sleep();
    }

    /// Moves time forward or back, without a wake-up.
    void jump(duration by) { ahead_ += by; }
    [[nodiscard]] duration slept() const noexcept { return slept_; }
    [[nodiscard]] int requests() const noexcept { return requests_; }

    std::function<void()> on_sleep{};  ///< at the end of each wait

private:
    injected::http_client& inner_;
    duration ahead_{};
    duration slept_{};
    int requests_ = 0;
};

}  // namespace lark::test
