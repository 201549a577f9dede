// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <lark/text.hpp>

#include <cstdint>
#include <cstring>

namespace lark::base {
namespace {

constexpr unsigned char byte_at(std::string_view text, std::size_t i) noexcept {
    return static_cast<unsigned char>(text[i]);
}
/// How many bytes at the front are ASCII: eight at a time, since most replies are nothing else. Up to seven may be
/// missed.
std::size_t ascii_prefix(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080u;
    std::size_t length = 0;
    for (std::uint64_t eight = 0; text.size() - length >= sizeof eight; length += sizeof eight) {
        std::memcpy(&eight, text.data() + length, sizeof eight);
        if ((eight & high_bits) != 0) break;
    }
    return length;
}

constexpr bool continues(unsigned char b) noexcept { return (b & 0xC0) == 0x80; }

}  // namespace

code_point first_code_point(std::string_view text) noexcept {
    const unsigned char lead = byte_at(text, 0);
    if (lead < 0x80) return {lead, 1};

    std::size_t length = 0;
    char32_t value = 0;
    char32_t smallest = 0;
    if ((lead & 0xE0) == 0xC0) length = 2, value = lead & 0x1Fu, smallest = 0x80;
    else if ((lead & 0xF0) == 0xE0) length = 3, value = lead & 0x0Fu, smallest = 0x800;
    else if ((lead & 0xF8) == 0xF0) length = 4, value = lead & 0x07u, smallest = 0x10000;
    else return {};

    if (text.size() < length) return {};
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(byte_at(text, i))) return {};
        value = (value << 6) | (byte_at(text, i) & 0x3Fu);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest || value > 0x10FFFF || surrogate) return {};
    return {value, length};
}

bool is_valid_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        text.remove_prefix(ascii_prefix(text));
        if (text.empty()) break;
        const auto c = first_code_point(text);
        if (c.length == 0) return false;
        text.remove_prefix(c.length);
    }
    return true;
}

bool has_control(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto c = first_code_point(text);
        if (c.length != 0 && is_control(c.value)) return true;
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    return false;
}

std::string_view cut(std::string_view text, std::size_t cap) noexcept {
    if (text.size() <= cap) return text;
    std::size_t end = cap;
    while (end > 0 && continues(byte_at(text, end))) --end;
    return text.substr(0, end);
}

}  // namespace lark::base

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
