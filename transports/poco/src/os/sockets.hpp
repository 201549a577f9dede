// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <system_error>
#include <vector>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/// Sockets as far as the calls are the system's and not Poco's; docs/internals/poco-transport.md says why. The sandbox
/// of the fake transport includes it too.
namespace lark::poco::detail {

/// A socket for TCP that never blocks and that no program inherits which the user starts; or the negated number of the
/// error.
[[nodiscard]] inline int new_socket(int family) noexcept {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd >= 0 ? fd : -errno;
}
inline void close_socket(int fd) noexcept { ::close(fd); }

/// How many bytes were received, 0 at the end of the stream, or the negated number of the error.
[[nodiscard]] inline std::ptrdiff_t receive_some(int fd, void* into, std::size_t size) noexcept {
    const auto got = ::recv(fd, into, size, 0);
    return got >= 0 ? got : -errno;
}
/// How many bytes were sent, or the negated number of the error. Raises no signal.
[[nodiscard]] inline std::ptrdiff_t send_some(int fd, const void* data, std::size_t size) noexcept {
    const auto sent = ::send(fd, data, size, MSG_NOSIGNAL);
    return sent >= 0 ? sent : -errno;
}

/// The number of the error in such a result; 0 if it has none.
[[nodiscard]] constexpr int error_of(std::ptrdiff_t result) noexcept {
    return result < 0 ? static_cast<int>(-result) : 0;
}

/// True if a call of a non-blocking socket can be repeated later: nothing was wrong with the socket.
[[nodiscard]] inline bool would_block(int error) noexcept {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}
/// True if the peer, or a device on the path, has ended the connection.
[[nodiscard]] inline bool was_reset(int error) noexcept { return error == ECONNRESET || error == EPIPE; }
/// True if the process or the system has too many sockets.
[[nodiscard]] inline bool out_of_descriptors(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOBUFS;
}

/// The peer has sent nothing, not even an end.
[[nodiscard]] inline bool has_nothing_to_read(int fd) noexcept {
    char byte = 0;
    return ::recv(fd, &byte, 1, MSG_PEEK) < 0 && would_block(errno);
}
/// It can be written to, or it has failed.
[[nodiscard]] inline bool is_writable(int fd) noexcept {
    pollfd ready{fd, POLLOUT, 0};
    return ::poll(&ready, 1, 0) > 0;
}

/// How many descriptors the process may have; the largest number if there is no limit.
[[nodiscard]] inline std::size_t max_descriptors() noexcept {
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return most;
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, most));  // it has 64 bits, anywhere
}

/// Many descriptors in one wait. The kernel's epoll itself, and not `Poco::Net::PollSet`: that one's descriptor is
/// inherited by every program that the user starts, and each of its turns builds a map of sockets.
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

    /// The descriptors that are ready, some of them if they are many; valid until the next call. None if it was
    /// interrupted.
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
