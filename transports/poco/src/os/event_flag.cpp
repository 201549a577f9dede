// SPDX-License-Identifier: MIT
#include "os/event_flag.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
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

}  // namespace lark::poco::detail
