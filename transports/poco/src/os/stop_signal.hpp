// SPDX-License-Identifier: MIT
#pragma once

#include "os/next_step.hpp"

#include <memory>
#include <optional>
#include <stop_token>

namespace lark::poco::detail {

/// A file descriptor of the kernel that becomes readable when set, and stays so until reset: a wait which begins later cannot
/// miss it.
///
/// Threads: any.
class event_flag {
public:
    event_flag();  ///< throws `std::system_error`
    ~event_flag();
    event_flag(const event_flag&) = delete;
    event_flag& operator=(const event_flag&) = delete;

    void set() noexcept;
    void reset() noexcept;
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

/// A stop token that a wait on sockets can see. Its flag is never reset.
class stop_signal {
public:
    /// Throws `std::system_error`.
    explicit stop_signal(std::stop_token stop);

    /// How a wait ended.
    enum class woken {
        ready,     ///< the descriptor is ready
        deadline,  ///< it is time
        stopped,   ///< a stop was requested; wins over the others
    };
    /// One `poll` on `fd` (as `how` says) and the stop request.
    [[nodiscard]] woken wait(int fd, const next_step& how, wire_time deadline) const;
    [[nodiscard]] bool stopped() const noexcept { return stop_.stop_requested(); }

private:
    struct setter {
        event_flag& flag;
        void operator()() const noexcept { flag.set(); }
    };
    std::stop_token stop_;
    std::unique_ptr<event_flag> flag_;                    // only if a stop is possible
    std::optional<std::stop_callback<setter>> callback_;  // destroyed before the flag
};

}  // namespace lark::poco::detail
