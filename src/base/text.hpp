// SPDX-License-Identifier: MIT
#pragma once

#include "base/ascii.hpp"

#include <cstddef>
#include <string_view>

/// Characters and lengths of texts.
namespace lark::base {

// UTF-8.

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

/// True if the text holds a control character; bytes that are not UTF-8 count as none.
[[nodiscard]] bool has_control(std::string_view text) noexcept;

/// The longest prefix of at most `cap` bytes that does not split a character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t cap) noexcept;

/// Texts of the service are kept up to these (protocol.md, section 7).
inline constexpr std::size_t text_cap = 1024;
inline constexpr std::size_t url_cap = 16 * 1024;
inline constexpr std::size_t user_info_cap = 16 * 1024;

}  // namespace lark::base
