// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/http_client.hpp>

#include <algorithm>
#include <chrono>
#include <stop_token>

namespace lark::injected::detail {

/// Sleeps until `deadline` or a stop, and returns the time, which is not before the deadline. A sleep that rounds down
/// to milliseconds returns early; it is repeated, 1 ms longer, so that no poll is sent early. A clock that stands still
/// is not waited for.
inline time_point sleep_until(http_client& client, time_point deadline, const std::stop_token& stop) {
    client.sleep_until(deadline, stop);
    auto now = client.now();
    for (auto before = time_point::min(); now < deadline && now > before && !stop.stop_requested();) {
        before = now;
        client.sleep_until(saturating_add(deadline, std::chrono::milliseconds{1}), stop);
        now = client.now();
    }
    return std::max(deadline, now);
}

}  // namespace lark::injected::detail
