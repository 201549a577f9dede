// SPDX-License-Identifier: MIT
#include "base/json_text.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace lark::base {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view replacement_escape = "\\uFFFD";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Copies only once something has to change; until then the output is the input up to here.
class rewriter {
public:
    rewriter(const std::string& in, std::string& out) : in_(in), out_(out) { out_.clear(); }

    /// The bytes from `begin` to `end` of the input are to read `by`.
    void replace(std::size_t begin, std::size_t end, std::string_view by) {
        out_.append(in_, kept_to_, begin - kept_to_);
        out_.append(by);
        kept_to_ = end;
        changed_ = true;
    }

    const std::string* finish() {
        if (!changed_) return &in_;
        out_.append(in_, kept_to_, std::string::npos);
        return &out_;
    }

private:
    const std::string& in_;
    std::string& out_;
    std::size_t kept_to_ = 0;
    bool changed_ = false;
};

/// The value of `\uXXXX` at `at`, or -1 if there is no such escape.
int escape_at(std::string_view text, std::size_t at) noexcept {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int value = 0;
    const char* first = text.data() + at + 2;
    const auto [end, error] = std::from_chars(first, first + 4, value, 16);
    return error == std::errc{} && end == first + 4 && *first != '-' ? value : -1;
}

constexpr bool is_high(int unit) noexcept { return unit >= 0xD800 && unit <= 0xDBFF; }
constexpr bool is_low(int unit) noexcept { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// `at` stands behind the opening quote; returns the place of the closing one, or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
    while (true) {
        at = text.find_first_of("\"\\", at);
        if (at == std::string_view::npos) return text.size();
        if (text[at] == '"') return at;
        at += 2;  // `\"` among others
        if (at >= text.size()) return text.size();
    }
}

/// True if the string that ends at `end` is the name of a member.
bool is_key(std::string_view text, std::size_t end) noexcept {
    const auto next = text.find_first_not_of(" \t\r\n", end + 1);
    return next != std::string_view::npos && text[next] == ':';
}

/// Mends the text of a string from `at` to `end`.
void pass_string(std::string_view text, std::size_t at, std::size_t end, rewriter& out) {
    const bool key = is_key(text, end);
    while (at < end) {
        if (text[at] == '\\') {
            const int unit = escape_at(text, at);
            if (unit < 0) {
                const bool stray = at + 1 < end && static_cast<unsigned char>(text[at + 1]) >= 0x80;
                at += stray ? 1 : 2;
            } else if (is_high(unit) && is_low(escape_at(text, at + 6))) {
                at += 12;
            } else {
                if (is_high(unit) || is_low(unit) || (key && unit == 0)) out.replace(at, at + 6, replacement_escape);
                at += 6;
            }
        } else {
            const auto c = first_code_point(text.substr(at));
            if (c.length == 0) out.replace(at, at + 1, replacement);
            at += c.length == 0 ? 1 : c.length;
        }
    }
}

std::size_t count_of_digits(std::string_view text) noexcept {
    const auto end = text.find_first_not_of("0123456789");
    return end == std::string_view::npos ? text.size() : end;
}

/// RFC 8259, section 6.
bool is_number(std::string_view text) noexcept {
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto whole = count_of_digits(text);
    if (whole == 0 || (whole > 1 && text.front() == '0')) return false;
    text.remove_prefix(whole);
    if (text.starts_with('.')) {
        const auto fraction = count_of_digits(text.substr(1));
        if (fraction == 0) return false;
        text.remove_prefix(1 + fraction);
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        const auto exponent = count_of_digits(text);
        if (exponent == 0) return false;
        text.remove_prefix(exponent);
    }
    return text.empty();
}

bool is_in_range(std::string_view number) noexcept {
    const char* first = number.data();
    const char* last = first + number.size();
    if (number.find_first_of(".eE") != std::string_view::npos) {
        double value = 0;
        return std::from_chars(first, last, value).ec != std::errc::result_out_of_range;
    }
    std::int64_t value = 0;
    if (std::from_chars(first, last, value).ec != std::errc::result_out_of_range) return true;
    std::uint64_t large = 0;
    return number.front() != '-' && std::from_chars(first, last, large).ec != std::errc::result_out_of_range;
}

}  // namespace

const std::string* sanitise_for_poco(const std::string& body, std::string& scratch) {
    if (body.find('\0') != std::string::npos) return nullptr;

    const std::string_view text = body;
    rewriter out{body, scratch};
    std::size_t at = 0;
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark) {
        at = byte_order_mark.size();
        out.replace(0, at, "");
    }
    const bool is_clean = text.find('\\') == std::string_view::npos && is_valid_utf8(text);
    std::size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            const auto end = end_of_string(text, at + 1);
            if (!is_clean) pass_string(text, at + 1, end, out);
            at = end + 1;
        } else if (c == '-' || is_digit(c)) {
            const auto end = std::min(text.find_first_not_of("+-.0123456789eE", at), text.size());
            const auto number = text.substr(at, end - at);
            if (!is_number(number)) return nullptr;
            if (!is_in_range(number)) out.replace(at, end, "null");
            at = end;
        } else {
            if (static_cast<unsigned char>(c) >= 0x80) return nullptr;
            if ((c == '{' || c == '[') && ++depth > json_depth_cap) return nullptr;
            if ((c == '}' || c == ']') && depth > 0) --depth;
            ++at;
        }
    }
    return out.finish();
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto c = first_code_point(text);
        if (c.length == 0) {
            out += "\xEF\xBF\xBD";  // U+FFFD
        } else if (c.value == '"' || c.value == '\\') {
            out += {'\\', static_cast<char>(c.value)};
        } else if (c.value < 0x20) {
            out += "\\u00";
            out += {lower_case(hex_digits[c.value >> 4]), lower_case(hex_digits[c.value & 0x0F])};
        } else {
            out += text.substr(0, c.length);
        }
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    out += '"';
}

}  // namespace lark::base
