#include "signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace lark_register {

namespace {

sigset_t stop_signals() noexcept {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set, signal);
    struct sigaction hangup {};
    if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
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
    // `timeout` and some shells send a signal to the process and then to its group: that is once, not twice.
    constexpr auto again = std::chrono::milliseconds{500};
    std::chrono::steady_clock::time_point first;
    pollfd ready[] = {{signals_, POLLIN, 0}, {end_, POLLIN, 0}};
    while (true) {
        if (::poll(ready, 2, -1) < 0) continue;  // EINTR
        if (ready[1].revents != 0) return;
        signalfd_siginfo info{};
        if (::read(signals_, &info, sizeof info) != sizeof info) continue;
        const auto signal = static_cast<int>(info.ssi_signo);
        const auto now = std::chrono::steady_clock::now();
        if (received_ == 0) {
            received_ = signal;
            first = now;
            source_.request_stop();
        } else if (now - first >= again) {
            ::_exit(128 + signal);  // they mean it
        }
    }
}

}  // namespace lark_register
