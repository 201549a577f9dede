// SPDX-License-Identifier: MIT
#include "terminal.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <clocale>
#include <cstdlib>

namespace lark_register {

namespace {

std::string_view environment(const char* name) noexcept {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// Bare containers set no locale at all, and yet what shows their output reads UTF-8. A locale that is set is believed.
bool locale_is_utf8() {
    if (environment("LC_ALL").empty() && environment("LC_CTYPE").empty() && environment("LANG").empty()) return true;
    const std::string_view codeset = std::setlocale(LC_CTYPE, "") ? ::nl_langinfo(CODESET) : "";
    if (codeset == "UTF-8") return true;
    // The locale may be named and not be installed, as in a container that passes on LANG from outside.
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto value = environment(name);
        if (value.empty()) continue;
        return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos;
    }
    return false;
}

int positive_number(std::string_view text, int otherwise) noexcept {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number > 0 ? number : otherwise;
}

struct character {
    std::string_view bytes;
    int width;
};

// The ranges that terminals draw in two columns: Hangul Jamo, CJK to Yi, Hangul, compatibility and full-width forms,
// emoji, and the further ideographs (Unicode, East Asian Width W and F, in broad strokes).
bool is_wide(char32_t c) noexcept {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

// Punctuation that must not begin a line.
bool is_closing(std::string_view bytes) noexcept {
    for (const std::string_view closing : {"，", "。", "：", "；", "、", "）"})
        if (bytes == closing) return true;
    return false;
}

character first_character(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text.front());
    std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (size > text.size()) size = text.size();
    char32_t code = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
    return {text.substr(0, size), is_wide(code) ? 2 : 1};
}

}  // namespace

terminal find_terminal() {
    terminal t;
    t.interactive = ::isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb" && !environment("TERM").empty();
    t.colours = t.interactive && environment("NO_COLOR").empty();
    t.utf8 = locale_is_utf8();
    return t;
}

terminal_size find_terminal_size() {
    terminal_size size;
    winsize window{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 && window.ws_row > 0) {
        size.columns = window.ws_col;
        size.lines = window.ws_row;
    } else {
        size.columns = positive_number(environment("COLUMNS"), size.columns);
        size.lines = positive_number(environment("LINES"), size.lines);
    }
    return size;
}

int display_width(std::string_view text) noexcept {
    int width = 0;
    while (!text.empty()) {
        const auto next = first_character(text);
        width += next.width;
        text.remove_prefix(next.bytes.size());
    }
    return width;
}

std::string cut_to_width(std::string_view text, int columns) {
    if (display_width(text) <= columns) return std::string(text);
    std::string cut;
    int width = 0;
    while (!text.empty()) {
        const auto next = first_character(text);
        if (width + next.width > columns - 3) break;
        width += next.width;
        cut += next.bytes;
        text.remove_prefix(next.bytes.size());
    }
    return cut + "...";
}

std::string wrap(std::string_view text, int columns) {
    std::string out;
    std::string line;
    std::size_t last_break = 0;  // in `line`: where it can be broken
    int width = 0;
    while (!text.empty()) {
        const auto next = first_character(text);
        if (next.width == 2 && !is_closing(next.bytes)) last_break = line.size();
        if (width + next.width > columns && last_break > 0) {
            auto rest = line.substr(last_break);
            line.resize(last_break);
            while (line.ends_with(' ')) line.pop_back();
            out += line + '\n';
            line = std::move(rest);
            width = display_width(line);
            last_break = 0;
        }
        line += next.bytes;
        width += next.width;
        if (next.bytes == " ") last_break = line.size();
        text.remove_prefix(next.bytes.size());
    }
    return out + line;
}

}  // namespace lark_register
