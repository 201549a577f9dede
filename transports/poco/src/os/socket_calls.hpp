// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstddef>

/// Calls of sockets that are the system's and not Poco's; docs/internals/poco-transport.md says why. Those that return -1 leave
/// the reason in `errno`.
namespace lark::poco::detail {

/// A socket for TCP that never blocks, and that no program inherits which the user starts; or -1.
[[nodiscard]] int new_socket(int family) noexcept;
void close_socket(int fd) noexcept;

/// How many bytes were received, 0 at the end of the stream, or -1.
[[nodiscard]] std::ptrdiff_t receive_some(int fd, void* into, std::size_t size) noexcept;
/// How many bytes were sent, or -1. Raises no signal.
[[nodiscard]] std::ptrdiff_t send_some(int fd, const void* data, std::size_t size) noexcept;
/// It can be written to, or it has failed.
[[nodiscard]] bool is_writable(int fd) noexcept;

/// True if a call of a non-blocking socket can be repeated later: nothing was wrong with the socket.
[[nodiscard]] inline bool would_block(int error) noexcept {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}
/// True if the process or the system has too many sockets.
[[nodiscard]] inline bool out_of_descriptors(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOBUFS;
}

/// How many descriptors the process may have; the largest number if there is no limit.
[[nodiscard]] std::size_t max_descriptors() noexcept;

}  // namespace lark::poco::detail
