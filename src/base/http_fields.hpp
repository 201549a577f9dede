// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/registration/trace.hpp>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

/// Values of the header fields of a reply.
namespace lark::base {

/// The service's id of a request, for a trace: `X-Tt-Logid`, else `X-Request-Id`. None if it has characters that an id
/// does not need, or quotes one of the secrets (protocol.md, section 10). Throws `std::bad_alloc` only.
[[nodiscard]] registration::log_id log_id_in(const std::vector<http_header>& headers,
                                             std::initializer_list<std::string_view> secrets);

/// The wait that `Retry-After` asks for (RFC 9110, 10.2.3): seconds (fractions round up), or a date, measured against
/// the reply's own `Date` header and ignored without one (protocol.md, section 3). Of several the largest counts; up to
/// ten years.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const std::vector<http_header>& headers) noexcept;

/// The wait that `x-ogw-ratelimit-reset` asks for after a rate limit (protocol.md, section 6): seconds and their
/// fractions, which round up to milliseconds; up to ten years.
[[nodiscard]] std::optional<std::chrono::milliseconds> rate_limit_reset(
    const std::vector<http_header>& headers) noexcept;

/// A date in one of the three forms of RFC 9110, 5.6.7, a leap second included; nothing for any other text, and where
/// the name of the day is not that of the date.
///
/// The two digits of a year in the form of RFC 850 are read against `reference`: a date that would be more than 50
/// years ahead of it is the most recent one in the past. Without a reference the name of the day decides between 20xx
/// and 19xx.
[[nodiscard]] std::optional<std::chrono::sys_seconds> http_date(
    std::string_view text, std::optional<std::chrono::sys_seconds> reference = {}) noexcept;

}  // namespace lark::base
