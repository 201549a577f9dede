// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// Rules for ASCII, whatever the locale. Transports include this file, too, but nothing else of src: what is compiled
/// here is hidden in the shared library, so a header is all that they can share.
namespace lark::base {

inline constexpr std::string_view hex_digits = "0123456789ABCDEF";

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char lower_case(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_alpha(char c) noexcept { return lower_case(c) >= 'a' && lower_case(c) <= 'z'; }

/// The value of a hexadecimal digit; -1 for any other character.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    const char l = lower_case(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// RFC 9110, 5.6.2: a method, or the name of a header.
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_alpha(c) || is_digit(c) || others.find(c) != std::string_view::npos;
    });
}

/// RFC 9110, 5.5: no control characters, which could end the line.
[[nodiscard]] constexpr bool is_header_value(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

enum class encoding { url, form };

/// Undoes `%XX`; a stray `%` stays, as curl reads it. In a form `+` is a blank.
[[nodiscard]] inline std::string percent_decode(std::string_view text, encoding how = encoding::url) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && how == encoding::form) {
            out += ' ';
        } else if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                   hex_value(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace lark::base
