// SPDX-License-Identifier: MIT
#pragma once

#include "wire/next_step.hpp"

#include <lark/http.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

namespace lark::poco::detail {

/// A connection is closed this long before the server closes it: a request that crosses the server's FIN is lost.
inline constexpr auto keep_alive_margin = std::chrono::seconds{1};

/// The `timeout` of `Keep-Alive: timeout=5, max=100` (RFC 2068, 19.7.1.1), the shortest if there are several; none if the server
/// announces nothing that can be read.
[[nodiscard]] std::optional<std::chrono::seconds> keep_alive_timeout(const std::vector<http_header>& headers);

/// How long an idle connection to one host may be used again. A server, or a device on the path, that cut a connection after
/// it had been idle for a time is not trusted with that long again.
class idle_limit {
public:
    [[nodiscard]] wire_clock::duration trusted() const noexcept { return trusted_; }

    /// A request was lost on a connection that had been idle for so long.
    void lost_after(wire_clock::duration idle) noexcept {
        trusted_ = std::min(trusted_, std::max<wire_clock::duration>(idle - keep_alive_margin, shortest));
    }

private:
    // A restart of the server cuts all connections, those too that were idle for a moment only. They say nothing about a limit.
    static constexpr auto shortest = std::chrono::milliseconds{500};

    wire_clock::duration trusted_ = wire_clock::duration::max();
};

}  // namespace lark::poco::detail
