// SPDX-License-Identifier: MIT
#include "notation.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace lark::tools {

std::string utc_text(std::chrono::system_clock::time_point t) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(t);
    const auto part = std::chrono::floor<std::chrono::milliseconds>(t - whole);
    const auto seconds = std::chrono::system_clock::to_time_t(whole);
    std::tm fields{};
    ::gmtime_r(&seconds, &fields);
    std::array<char, 32> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &fields);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(part.count()));
    return std::string(text.data(), size) + fraction.data();
}

std::string to_troff(std::string_view text) {
    std::string out;
    bool line_start = true;
    for (const char ch : text) {
        if (ch == '\\') {
            out += "\\e";
        } else if (ch == '-') {
            out += "\\-";
        } else {
            if (line_start && (ch == '.' || ch == '\'')) out += "\\&";
            out += ch;
        }
        line_start = ch == '\n';
    }
    return out;
}

}  // namespace lark::tools
