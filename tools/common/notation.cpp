// SPDX-License-Identifier: MIT
#include "notation.hpp"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace lark::tools {

std::string utc_text(std::chrono::system_clock::time_point t) {
    const auto since_1970 = std::chrono::floor<std::chrono::microseconds>(t.time_since_epoch());
    return Poco::DateTimeFormatter::format(Poco::Timestamp(since_1970.count()), "%Y-%m-%dT%H:%M:%S.%iZ");
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

std::string fill(std::string_view pattern, std::initializer_list<std::string_view> values) {
    return fill(pattern, std::span{values.begin(), values.size()});
}

std::string fill(std::string_view pattern, std::span<const std::string_view> values) {
    std::string text;
    for (const auto value : values) {
        const auto gap = pattern.find("{}");
        text += pattern.substr(0, gap);
        if (gap == std::string_view::npos) return text;
        text += value;
        pattern.remove_prefix(gap + 2);
    }
    text += pattern;
    return text;
}

bool add_to_side(registration::addon_groups& groups, std::string_view text) {
    const auto colon = text.find(':');
    const auto side = text.substr(0, colon);
    if (colon >= text.size() - 1 || (side != "tenant" && side != "user")) return false;
    (side == "tenant" ? groups.tenant : groups.user).emplace_back(text.substr(colon + 1));
    return true;
}

}  // namespace lark::tools
