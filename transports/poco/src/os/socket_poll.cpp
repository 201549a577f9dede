// SPDX-License-Identifier: MIT
#include "os/socket_poll.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace lark::poco::detail {
namespace {

constexpr std::size_t most_in_a_turn = 256;

[[noreturn]] void refuse(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

}  // namespace

socket_poll::socket_poll() : fd_{::epoll_create1(EPOLL_CLOEXEC)} {
    if (fd_ < 0) refuse("epoll_create1");
    events_.resize(most_in_a_turn);
    ready_.reserve(most_in_a_turn);
}

socket_poll::~socket_poll() { ::close(fd_); }

void socket_poll::control(int operation, int fd, interest what) {
    epoll_event event{};
    event.events = (what.read ? std::uint32_t{EPOLLIN} : 0U) | (what.write ? std::uint32_t{EPOLLOUT} : 0U);
    event.data.fd = fd;
    if (::epoll_ctl(fd_, operation, fd, &event) != 0) refuse("epoll_ctl");
}

void socket_poll::add(int fd, interest what) { control(EPOLL_CTL_ADD, fd, what); }

void socket_poll::update(int fd, interest what) { control(EPOLL_CTL_MOD, fd, what); }

void socket_poll::remove(int fd) noexcept { ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }

std::span<const int> socket_poll::wait(std::chrono::milliseconds longest) {
    ready_.clear();
    const int count =
        ::epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(longest.count()));
    if (count < 0 && errno != EINTR) refuse("epoll_wait");
    for (int i = 0; i < count; ++i) ready_.push_back(events_[static_cast<std::size_t>(i)].data.fd);
    return ready_;
}

}  // namespace lark::poco::detail
