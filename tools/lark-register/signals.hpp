#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace lark_register {

/// Turns the first SIGINT, SIGTERM or SIGHUP (unless nohup has it ignored) into a stop request; a second one ends the
/// process on the spot.
///
/// The signals are blocked and read from a descriptor by a thread, so that what follows a signal runs as ordinary code.
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

private:
    void watch();

    int signals_ = -1;  // signalfd
    int end_ = -1;      // eventfd: the thread is to end
    std::stop_source source_;
    std::atomic<int> received_ = 0;
    std::thread thread_;
};

}  // namespace lark_register
