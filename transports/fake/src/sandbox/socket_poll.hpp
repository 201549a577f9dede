// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include <sys/epoll.h>

namespace lark::fake {

/// Waits for many descriptors. Not `Poco::Net::PollSet`, whose descriptors are inherited by each program that this process
/// starts. `void*` keys say whose descriptor is ready.
class socket_poll {
public:
    /// Bits of what is waited for. The end of a connection and errors are always reported.
    enum interest : unsigned { read = 1, write = 2 };

    socket_poll();  ///< throws `std::system_error`, like all but `remove`
    ~socket_poll();
    socket_poll(const socket_poll&) = delete;
    socket_poll& operator=(const socket_poll&) = delete;

    void add(int fd, const void* key, unsigned what);
    void update(int fd, const void* key, unsigned what);
    /// Before the descriptor is closed.
    void remove(int fd) noexcept;

    /// The keys of descriptors that are ready; valid until the next call. None after `longest`, or after a signal.
    [[nodiscard]] std::span<const void* const> wait(std::chrono::milliseconds longest);

private:
    void control(int operation, int fd, const void* key, unsigned what);

    int fd_;
    std::vector<epoll_event> events_;
    std::vector<const void*> ready_;
};

/// An eventfd that wakes a thread out of `socket_poll::wait`.
class wake_up {
public:
    wake_up();  ///< throws `std::system_error`
    ~wake_up();
    wake_up(const wake_up&) = delete;
    wake_up& operator=(const wake_up&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }
    void signal() noexcept;

private:
    int fd_;
};

}  // namespace lark::fake
