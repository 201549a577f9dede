// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace lark::base {

/// One code point taken off the front of a text.
struct code_point {
    char32_t value = 0;
    std::size_t length = 0;  ///< bytes; 0 if the text does not begin with valid UTF-8
};

/// RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF. `text` is not empty.
[[nodiscard]] code_point first_code_point(std::string_view text) noexcept;

[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

/// C0, DEL or C1.
[[nodiscard]] constexpr bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

/// True if the text holds a control character; bytes that are no UTF-8 count as none.
[[nodiscard]] bool has_control(std::string_view text) noexcept;

/// The longest prefix of at most `cap` bytes that does not split a character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t cap) noexcept;

}  // namespace lark::base
