// SPDX-License-Identifier: MIT
#include "os/stop_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace lark::poco::detail {

event_flag::event_flag() : fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
}

event_flag::~event_flag() { ::close(fd_); }

void event_flag::set() noexcept {
    const int saved = errno;
    const std::uint64_t one = 1;
    // Can only fail where the counter is full, and then it is readable anyway.
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    errno = saved;
}

void event_flag::reset() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);  // fails where it was not set
}

stop_signal::stop_signal(std::stop_token stop) : stop_{std::move(stop)} {
    if (!stop_.stop_possible()) return;
    flag_ = std::make_unique<event_flag>();  // g++ 14 warns of an optional: 'fd_' may be used uninitialized
    callback_.emplace(stop_, setter{*flag_});
}

stop_signal::woken stop_signal::wait(int fd, const next_step& how, wire_time deadline) const {
    const int events = (how.read ? POLLIN : 0) | (how.write ? POLLOUT : 0);
    pollfd set[2] = {{fd, static_cast<short>(events), 0}, {flag_ ? flag_->fd() : -1, POLLIN, 0}};
    for (;;) {
        const auto left = std::max(deadline - wire_clock::now(), wire_clock::duration::zero());
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        timespec time{};
        time.tv_sec = static_cast<std::time_t>(seconds.count());
        time.tv_nsec = static_cast<long>(std::chrono::nanoseconds{left - seconds}.count());
        const int ready = ::ppoll(set, 2, &time, nullptr);
        if (stopped()) return woken::stopped;
        if (ready > 0 && set[0].revents != 0) return woken::ready;
        if (ready < 0 && errno != EINTR) throw std::system_error{errno, std::generic_category(), "poll"};
        if (wire_clock::now() >= deadline) return woken::deadline;
    }
}

}  // namespace lark::poco::detail
