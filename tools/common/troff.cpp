// SPDX-License-Identifier: MIT
#include "troff.hpp"

namespace lark::tools {

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
