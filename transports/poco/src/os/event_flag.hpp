// SPDX-License-Identifier: MIT
#pragma once

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

}  // namespace lark::poco::detail
