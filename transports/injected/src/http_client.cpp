// SPDX-License-Identifier: MIT
#include <lark/injected/http_client.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace lark::injected {
namespace {

/// A condition variable's clock stands still while the machine sleeps, so a long wait is made of pieces, each followed
/// by a look at the clock that does not.
constexpr duration longest_piece = std::chrono::seconds{5};

}  // namespace

http_client::~http_client() = default;

time_point boottime_now() noexcept {
#ifdef CLOCK_BOOTTIME
    std::timespec t{};
    if (clock_gettime(CLOCK_BOOTTIME, &t) == 0)
        return from_origin(std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec});
#endif
    return from_steady(std::chrono::steady_clock::now());
}

time_point http_client::now() { return boottime_now(); }

void http_client::sleep_until(time_point deadline, std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock{mutex};
    while (!stop.stop_requested()) {
        const auto left = saturating_sub(deadline, now());
        if (left <= duration::zero()) return;
        wake.wait_for(lock, stop, std::min(left, longest_piece), [] { return false; });
    }
}

std::chrono::system_clock::time_point http_client::wall_now() { return std::chrono::system_clock::now(); }

function_client::function_client(send_function send) : send_(std::move(send)) {
    if (!send_) throw std::invalid_argument{"send must be a function"};
}

http_result function_client::send(const http_request& request, std::stop_token stop) {
    return send_(request, std::move(stop));
}

}  // namespace lark::injected
