// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// ASCII, whatever the locale.
namespace lark::base {

inline constexpr std::string_view hex_digits = "0123456789ABCDEF";

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char lower_case(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_alpha(char c) noexcept { return lower_case(c) >= 'a' && lower_case(c) <= 'z'; }

}  // namespace lark::base
