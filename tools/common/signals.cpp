// SPDX-License-Identifier: MIT
#include "signals.hpp"

#include "output.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace lark::tools {

namespace {

/// How long the process may take for its end: `timeout` and some shells send a signal to the process and then to its
/// group, which is one request; and output may get on in that time.
constexpr std::chrono::milliseconds patience{500};
constexpr int interruption_period = 20;  // ms

sigset_t stop_signals() noexcept {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction now {};
        if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&set, signal);
    }
    return set;
}

}  // namespace

signal_stop::signal_stop() {
    const auto set = stop_signals();
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0)
        throw std::system_error(error, std::generic_category(), "pthread_sigmask");
    signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
    end_ = ::eventfd(0, EFD_CLOEXEC);
    if (signals_ < 0 || end_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    thread_ = std::thread([this] { watch(); });
}

signal_stop::~signal_stop() {
    const std::uint64_t one = 1;
    if (::write(end_, &one, sizeof one) == sizeof one) thread_.join();
    ::close(end_);
    ::close(signals_);
}

void signal_stop::watch() {
    std::chrono::steady_clock::time_point first;
    pollfd ready[] = {{signals_, POLLIN, 0}, {end_, POLLIN, 0}};
    while (true) {
        const int count = ::poll(ready, 2, received_ == 0 ? -1 : interruption_period);
        if (count < 0) continue;  // EINTR
        const auto now = std::chrono::steady_clock::now();
        if (count > 0 && ready[1].revents != 0) return;
        if (received_ != 0 && now - first >= patience) interrupt_output();
        signalfd_siginfo info{};
        if (count == 0 || ::read(signals_, &info, sizeof info) != sizeof info) continue;
        const auto signal = static_cast<int>(info.ssi_signo);
        if (received_ == 0) {
            first = now;
            received_ = signal;
            received_.notify_all();
            source_.request_stop();
        } else if (now - first >= patience) {
            ::_exit(128 + signal);  // asked for twice
        }
    }
}

}  // namespace lark::tools
