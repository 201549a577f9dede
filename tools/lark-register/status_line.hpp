// SPDX-License-Identifier: MIT
#pragma once

#include "texts.hpp"

#include <lark/time.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace lark_register {

/// The last line of the display: the state, and the time that is left.
///
/// On a terminal it is one line that is written over every second, by a thread of its own; elsewhere each state that
/// differs from the one before is a line, and there is no thread.
class status_line {
public:
    status_line(bool live, const texts& words);
    status_line(const status_line&) = delete;
    status_line& operator=(const status_line&) = delete;
    ~status_line();

    /// The link's lifetime begins, and with it the count.
    void start(std::chrono::seconds lifetime);
    void set_state(std::string state);

    /// Prints whole lines, and the live line again below them.
    void print_above(std::string_view lines);

    /// Erases the live line. Later output starts on a clean line.
    void end();

private:
    void run(std::stop_token stop);
    void draw();  // with the lock held

    const bool live_;
    const texts& texts_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::string state_;
    std::optional<lark::time_point> expires_at_;
    std::jthread thread_;
};

}  // namespace lark_register
