// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace lark::poco::detail {

/// A file descriptor of the kernel that becomes readable when set, and stays so until reset: a wait which begins later
/// cannot miss it. The sandbox of the fake transport includes it too.
///
/// Threads: any.
class event_flag {
public:
    /// Throws `std::system_error`.
    event_flag() : fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
        if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
    }
    ~event_flag() { ::close(fd_); }
    event_flag(const event_flag&) = delete;
    event_flag& operator=(const event_flag&) = delete;

    void set() noexcept {
        const int saved = errno;
        const std::uint64_t one = 1;
        // Can only fail where the counter is full, and then it is readable anyway.
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
        errno = saved;
    }
    void reset() noexcept {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);  // fails where it was not set
    }
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

}  // namespace lark::poco::detail
