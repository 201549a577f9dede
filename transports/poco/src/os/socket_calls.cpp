// SPDX-License-Identifier: MIT
#include "os/socket_calls.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace lark::poco::detail {

int new_socket(int family) noexcept { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

void close_socket(int fd) noexcept { ::close(fd); }

std::ptrdiff_t receive_some(int fd, void* into, std::size_t size) noexcept { return ::recv(fd, into, size, 0); }

std::ptrdiff_t send_some(int fd, const void* data, std::size_t size) noexcept {
    return ::send(fd, data, size, MSG_NOSIGNAL);
}

bool is_writable(int fd) noexcept {
    pollfd ready{fd, POLLOUT, 0};
    return ::poll(&ready, 1, 0) > 0;
}

std::size_t max_descriptors() noexcept {
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return most;
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, most));  // it has 64 bits, anywhere
}

}  // namespace lark::poco::detail
