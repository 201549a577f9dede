// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include <sys/epoll.h>

namespace lark::poco::detail {

/// Many descriptors in one wait. The kernel's epoll itself, and not `Poco::Net::PollSet`: that one's descriptor is inherited
/// by every program that the user starts, and each of its turns builds a map of sockets.
class socket_poll {
public:
    /// The events that are waited for. Errors and ends always are.
    struct interest {
        bool read = false;
        bool write = false;
        friend bool operator==(const interest&, const interest&) = default;
    };

    socket_poll();  ///< throws `std::system_error`, like all but `remove`
    ~socket_poll();
    socket_poll(const socket_poll&) = delete;
    socket_poll& operator=(const socket_poll&) = delete;

    void add(int fd, interest what);
    void update(int fd, interest what);
    /// Before the descriptor is closed.
    void remove(int fd) noexcept;

    /// The descriptors that are ready, some of them if they are many; valid until the next call. None if it was interrupted.
    [[nodiscard]] std::span<const int> wait(std::chrono::milliseconds longest);

    /// Readable while one of the descriptors is ready, for a poll within another.
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    void control(int operation, int fd, interest what);

    int fd_;
    std::vector<epoll_event> events_;
    std::vector<int> ready_;
};

}  // namespace lark::poco::detail
