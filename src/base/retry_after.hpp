// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace lark::base {

/// The wait that `Retry-After` asks for (RFC 9110, 10.2.3): seconds (fractions round up), or a date, measured against the
/// reply's own `Date` header and ignored without one (protocol.md, section 3). Of several the largest counts; up to ten years.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const std::vector<http_header>& headers) noexcept;

/// The wait that `x-ogw-ratelimit-reset` asks for after a rate limit (protocol.md, section 6): seconds, fractions round up.
[[nodiscard]] std::optional<std::chrono::seconds> rate_limit_reset(const std::vector<http_header>& headers) noexcept;

}  // namespace lark::base
