// SPDX-License-Identifier: MIT
#include "status_line.hpp"

#include "../common/output.hpp"
#include "terminal.hpp"

#include <lark/injected/http_client.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace lark_register {

namespace {

std::string minutes_and_seconds(lark::duration d) {
    const auto seconds = std::max<long long>(0, std::chrono::ceil<std::chrono::seconds>(d).count());
    const auto rest = std::to_string(seconds % 60);
    return std::to_string(seconds / 60) + ":" + (rest.size() < 2 ? "0" : "") + rest;
}

constexpr std::string_view erase_line = "\r\x1b[K";

// A terminal that was closed must not end the registration.
void try_to_write(std::string_view text) noexcept { lark::tools::try_to_print(STDERR_FILENO, text); }

}  // namespace

status_line::status_line(bool live, const texts& words) : live_(live), texts_(words) {}

status_line::~status_line() { end(); }

void status_line::start(std::chrono::seconds lifetime) {
    const std::scoped_lock lock(mutex_);
    expires_at_ = lark::saturating_add(lark::injected::boottime_now(), lifetime);
    if (!live_) return;
    draw();
    if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

void status_line::set_state(std::string state) {
    const std::scoped_lock lock(mutex_);
    if (state == state_) return;
    state_ = std::move(state);
    if (live_) {
        draw();
    } else {
        try_to_write(state_ + "\n");
    }
}

void status_line::print_above(std::string_view lines) {
    const std::scoped_lock lock(mutex_);
    try_to_write(live_ ? std::string(erase_line) + std::string(lines) : std::string(lines));
    if (live_) draw();
}

void status_line::end() {
    thread_ = {};  // asks it to stop, and waits for it
    const std::scoped_lock lock(mutex_);
    if (live_ && !state_.empty()) try_to_write(erase_line);
    state_.clear();
    expires_at_.reset();
}

void status_line::run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait_for(lock, stop, std::chrono::seconds{1}, [] { return false; });
        if (!stop.stop_requested()) draw();
    }
}

void status_line::draw() {
    if (state_.empty()) return;
    std::string text = state_;
    if (expires_at_)
        text += " - " + fill(texts_.time_left, {minutes_and_seconds(*expires_at_ - lark::injected::boottime_now())});
    // One column less, since some terminals go on to the next line once the last column is written to.
    try_to_write(std::string(erase_line) + cut_to_width(text, find_terminal_size().columns - 1));
}

}  // namespace lark_register
