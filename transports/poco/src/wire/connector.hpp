// SPDX-License-Identifier: MIT
#pragma once

#include "os/resolver.hpp"
#include "os/sockets.hpp"
#include "wire/stream.hpp"

#include <lark/http.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace lark::poco::detail {

/// RFC 8305, 5: how long one attempt has before the next one begins beside it.
inline constexpr auto attempt_delay = std::chrono::milliseconds{250};

/// RFC 8305, 4: the families in turn, in the order of the resolver within each; the first address stays the first.
[[nodiscard]] addresses interleaved(const addresses& peers);

/// Connects to one of several addresses, by RFC 8305 ("Happy Eyeballs"). The next attempt begins when the one before
/// has failed, or `attempt_delay` after it while it still connects. The first connection wins, and the others are
/// closed. Never waits.
class connector {
public:
    /// `before_close` is called before a descriptor is closed that `fd` may have returned; may be empty, must not
    /// throw.
    connector(const addresses& peers, stream::close_function before_close);
    ~connector();
    connector(const connector&) = delete;
    connector& operator=(const connector&) = delete;

    /// `want_read`, `want_write`: to be called again when `fd()` is ready, or at `next_at()`. `failed`: all attempts
    /// have failed. The attempts that are left share the time until `deadline`, if that is short.
    [[nodiscard]] io advance(wire_time now, wire_time deadline);

    /// After `done`, once.
    [[nodiscard]] std::unique_ptr<stream> take() noexcept;
    /// After `done`.
    [[nodiscard]] const Poco::Net::SocketAddress& address() const noexcept { return peers_[winner_]; }

    /// When the next attempt begins; the maximum if there is none.
    [[nodiscard]] wire_time next_at() const noexcept;
    /// The socket of the only attempt, or a descriptor that is readable when one of several is ready.
    [[nodiscard]] int fd() const;

    /// Of the attempt that failed last.
    [[nodiscard]] const transport_failure& failure() const noexcept { return failure_; }
    [[nodiscard]] std::size_t size() const noexcept { return peers_.size(); }
    /// After `failed`: no socket could be made, since the process or the system has too many.
    [[nodiscard]] bool out_of_descriptors() const noexcept { return out_of_descriptors_; }

private:
    struct attempt {
        std::size_t to = 0;  // of `peers_`
        std::unique_ptr<stream> over;
    };

    [[nodiscard]] io look_at_attempts();
    [[nodiscard]] io begin(wire_time now, wire_time deadline);
    [[nodiscard]] bool watch_several();
    void win(attempt& one) noexcept;
    void drop(attempt& one) noexcept;

    addresses peers_;
    stream::close_function before_close_;
    std::size_t tried_ = 0;
    std::vector<attempt> attempts_;
    std::unique_ptr<socket_poll> several_;  // once there are two attempts at a time
    wire_time next_at_ = wire_time::min();
    std::size_t winner_ = 0;
    std::unique_ptr<stream> connected_;
    transport_failure failure_;
    bool out_of_descriptors_ = false;
};

}  // namespace lark::poco::detail
