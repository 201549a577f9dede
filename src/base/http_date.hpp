// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lark::base {

/// A date in one of the three forms of RFC 9110, 5.6.7, a leap second included; nothing for any other text, and where the
/// name of the day is not that of the date.
///
/// The two digits of a year in the form of RFC 850 are read against `reference`: a date that would be more than 50 years
/// ahead of it is the most recent one in the past. Without a reference the name of the day decides between 20xx and 19xx.
[[nodiscard]] std::optional<std::chrono::sys_seconds> http_date(
    std::string_view text, std::optional<std::chrono::sys_seconds> reference = {}) noexcept;

}  // namespace lark::base
