// SPDX-License-Identifier: MIT
#include "base/option_errors.hpp"

#include "base/utf8.hpp"

namespace lark::base {

std::optional<std::string_view> check_text(std::string_view text, text_rule rule) {
    if (text.empty()) return "must be a non-empty string";
    if (!is_valid_utf8(text)) return "must be valid UTF-8";
    if (text.find('\0') != std::string_view::npos) return "must not contain a NUL character";
    if (rule == text_rule::one_line && has_control(text)) return "must not contain control characters";
    return {};
}

}  // namespace lark::base
