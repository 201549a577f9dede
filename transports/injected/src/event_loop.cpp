// SPDX-License-Identifier: MIT
#include <lark/injected/event_loop.hpp>

#include <lark/injected/http_client.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace lark::injected {
namespace {

constexpr duration longest_wait = std::chrono::seconds{5};

}  // namespace

event_loop::~event_loop() = default;
runnable_event_loop::~runnable_event_loop() = default;

void event_loop::attach(event_handler& handler) {
    if (handler_ != nullptr && handler_ != &handler) throw std::logic_error{"the event loop has another handler"};
    handler_ = &handler;
}

void event_loop::detach(const event_handler& handler) noexcept {
    if (handler_ == &handler) handler_ = nullptr;
}

bool event_loop::deliver(request_handle id, http_result result) {
    return handler_ != nullptr && handler_->handle_result(id, std::move(result));
}

void event_loop::timer_expired() {
    if (handler_ != nullptr) handler_->handle_timer();
}

std::chrono::milliseconds event_loop::time_until(time_point deadline) {
    const auto left = saturating_sub(deadline, now());
    return std::chrono::ceil<std::chrono::milliseconds>(std::clamp(left, duration::zero(), longest_wait));
}

void event_loop::room_freed() {
    if (handler_ != nullptr) handler_->handle_room();
}

void event_handler::handle_room() {}

bool event_loop::has_room(std::string_view /*origin*/) noexcept { return true; }

time_point event_loop::now() { return boottime_now(); }

std::chrono::system_clock::time_point event_loop::wall_now() { return std::chrono::system_clock::now(); }

}  // namespace lark::injected
