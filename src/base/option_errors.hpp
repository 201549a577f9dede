#pragma once

#include <lark/invalid_option.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lark::base {

/// Collects all errors of the options, so that they are reported together.
class option_errors {
public:
    /// `rule` follows the name: `domain` and `must not contain a path`. `entry` stands between: `[0]`.
    void add(std::string_view option, std::string_view rule, std::string_view entry = {}) {
        if (option_.empty()) option_ = option;
        if (!text_.empty()) text_ += "; ";
        text_.append(option).append(entry).append(1, ' ').append(rule);
    }

    void add_unless_in_range(std::string_view option, std::chrono::milliseconds value,
                             std::chrono::milliseconds longest) {
        if (value.count() >= 1 && value <= longest) return;
        add(option,
            "must be from 1 to " + std::to_string(longest.count()) + " ms, got " + std::to_string(value.count()));
    }

    /// Throws `invalid_option` if there was any.
    void throw_if_any() const {
        if (!option_.empty()) throw invalid_option{option_, text_};
    }

private:
    std::string option_;
    std::string text_;
};

/// The rule that a text of the caller breaks, or nothing. Empty, not UTF-8, NUL; control characters unless `lines`.
enum class text_rule { one_line, lines };
[[nodiscard]] std::optional<std::string_view> check_text(std::string_view text, text_rule rule);

}  // namespace lark::base
