// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

namespace lark::poco::detail {

/// Many descriptors in one wait. The kernel's epoll itself, and not `Poco::Net::PollSet`: that one's descriptor is inherited
/// by every program that the user starts, and each of its turns builds a map of sockets. The sandbox of the fake transport
/// includes it too.
class socket_poll {
public:
    /// The events that are waited for. Errors and ends always are.
    struct interest {
        bool read = false;
        bool write = false;
        friend bool operator==(const interest&, const interest&) = default;
    };

    /// Throws `std::system_error`, like all but `remove`.
    socket_poll() : fd_{::epoll_create1(EPOLL_CLOEXEC)} {
        if (fd_ < 0) refuse("epoll_create1");
        events_.resize(most_in_a_turn);
        ready_.reserve(most_in_a_turn);
    }
    ~socket_poll() { ::close(fd_); }
    socket_poll(const socket_poll&) = delete;
    socket_poll& operator=(const socket_poll&) = delete;

    void add(int fd, interest what) { control(EPOLL_CTL_ADD, fd, what); }
    void update(int fd, interest what) { control(EPOLL_CTL_MOD, fd, what); }
    /// Before the descriptor is closed.
    void remove(int fd) noexcept { ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }

    /// The descriptors that are ready, some of them if they are many; valid until the next call. None if it was interrupted.
    [[nodiscard]] std::span<const int> wait(std::chrono::milliseconds longest) {
        ready_.clear();
        const int count =
            ::epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(longest.count()));
        if (count < 0 && errno != EINTR) refuse("epoll_wait");
        for (int i = 0; i < count; ++i) ready_.push_back(events_[static_cast<std::size_t>(i)].data.fd);
        return ready_;
    }

    /// Readable while one of the descriptors is ready, for a poll within another.
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    static constexpr std::size_t most_in_a_turn = 256;

    [[noreturn]] static void refuse(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }
    void control(int operation, int fd, interest what) {
        epoll_event event{};
        event.events = (what.read ? std::uint32_t{EPOLLIN} : 0U) | (what.write ? std::uint32_t{EPOLLOUT} : 0U);
        event.data.fd = fd;
        if (::epoll_ctl(fd_, operation, fd, &event) != 0) refuse("epoll_ctl");
    }

    int fd_;
    std::vector<epoll_event> events_;
    std::vector<int> ready_;
};

}  // namespace lark::poco::detail
