// SPDX-License-Identifier: MIT
#include "socket_poll.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace lark::fake {

namespace {

constexpr std::size_t events_of_a_wait = 256;

[[noreturn]] void throw_errno(const char* call) { throw std::system_error(errno, std::generic_category(), call); }

}  // namespace

socket_poll::socket_poll() : fd_(::epoll_create1(EPOLL_CLOEXEC)), events_(events_of_a_wait) {
    if (fd_ < 0) throw_errno("epoll_create1");
    ready_.reserve(events_of_a_wait);
}

socket_poll::~socket_poll() { ::close(fd_); }

void socket_poll::add(int fd, const void* key, unsigned what) { control(EPOLL_CTL_ADD, fd, key, what); }

void socket_poll::update(int fd, const void* key, unsigned what) { control(EPOLL_CTL_MOD, fd, key, what); }

void socket_poll::remove(int fd) noexcept { ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }

std::span<const void* const> socket_poll::wait(std::chrono::milliseconds longest) {
    constexpr std::chrono::milliseconds most{std::numeric_limits<int>::max()};
    const auto limit = static_cast<int>(std::min(longest, most).count());
    const int count = ::epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), limit);
    if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
    ready_.clear();
    for (int i = 0; i < count; ++i) {
        const void* const key = events_[static_cast<std::size_t>(i)].data.ptr;  // a copy: epoll_event is packed
        ready_.push_back(key);
    }
    return ready_;
}

void socket_poll::control(int operation, int fd, const void* key, unsigned what) {
    epoll_event event{};
    if ((what & read) != 0) event.events |= EPOLLIN;
    if ((what & write) != 0) event.events |= EPOLLOUT;
    event.data.ptr =
        const_cast<void*>(key);  // NOLINT(cppcoreguidelines-pro-type-const-cast): epoll gives it back, unused
    if (::epoll_ctl(fd_, operation, fd, &event) != 0) throw_errno("epoll_ctl");
}

wake_up::wake_up() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw_errno("eventfd");
}

wake_up::~wake_up() { ::close(fd_); }

void wake_up::signal() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(fd_, &one, sizeof one));  // full: signalled already
}

}  // namespace lark::fake
