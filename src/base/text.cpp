// SPDX-License-Identifier: MIT
#include <lark/text.hpp>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace lark {
namespace {

/// Changes the order or the lines of the text around it.
constexpr bool misleads(char32_t c) noexcept {
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void append_hex(std::string& out, char32_t value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += base::hex_digits[(value >> shift) & 0x0F];
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto c = base::first_code_point(text);
        if (c.length == 0) {
            out += "\\x{";
            append_hex(out, static_cast<unsigned char>(text.front()), 2);
            out += '}';
            text.remove_prefix(1);
            continue;
        }
        if (base::is_control(c.value) || misleads(c.value)) {
            out += "\\u{";
            append_hex(out, c.value, 4);
            out += '}';
        } else {
            out += text.substr(0, c.length);
        }
        text.remove_prefix(c.length);
    }
    return out;
}

}  // namespace lark
