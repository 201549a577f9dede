// SPDX-License-Identifier: MIT
#include <lark/injected/event_loop.hpp>

#include <lark/injected/http_client.hpp>

namespace lark::injected {

event_loop::~event_loop() = default;

time_point event_loop::now() { return boottime_now(); }

std::chrono::system_clock::time_point event_loop::wall_now() { return std::chrono::system_clock::now(); }

}  // namespace lark::injected
