// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace lark::tools {

/// Turns the first SIGINT, SIGTERM or SIGHUP into a stop request. Half a second later it interrupts output that does
/// not get on, again and again, so that the process ends whatever it writes to. A second signal, half a second after
/// the first or later, ends the process at once. A signal that is ignored at the start stays ignored.
///
/// The signals are blocked and read from a descriptor by a thread, so that the reaction runs as ordinary code.
/// To be made before any other thread, which then inherits the blocked mask.
class signal_stop {
public:
    /// Throws `std::system_error`.
    signal_stop();
    signal_stop(const signal_stop&) = delete;
    signal_stop& operator=(const signal_stop&) = delete;
    ~signal_stop();

    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

    /// The signal that came, or 0.
    [[nodiscard]] int received() const noexcept { return received_; }

    /// Returns once a signal has come.
    void wait() const noexcept { received_.wait(0); }

private:
    void watch();

    int signals_ = -1;  // signalfd
    int end_ = -1;      // eventfd: the thread is to end
    std::stop_source source_;
    std::atomic<int> received_ = 0;
    std::thread thread_;
};

}  // namespace lark::tools
