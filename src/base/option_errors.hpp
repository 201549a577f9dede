// SPDX-License-Identifier: MIT
#pragma once

#include <lark/invalid_option.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The rules that options must keep, and the errors of those that break one.
namespace lark::base {

/// Collects all errors of the options, so that they are reported together.
class option_errors {
public:
    /// `what` is the rule, to follow the name: `domain` and `must not contain a path`. `index` is that of the entry.
    void add(std::string_view option, std::string_view what, std::optional<std::size_t> index = {}) {
        errors_.push_back({std::string{option}, index, std::string{what}});
    }

    void add_unless_in_range(std::string_view option, std::chrono::milliseconds value,
                             std::chrono::milliseconds longest) {
        if (value.count() >= 1 && value <= longest) return;
        add(option,
            "must be from 1 to " + std::to_string(longest.count()) + " ms, got " + std::to_string(value.count()));
    }

    /// Throws `invalid_option` if there was any.
    void throw_if_any() {
        if (!errors_.empty()) throw invalid_option{std::move(errors_)};
    }

private:
    std::vector<option_error> errors_;
};

/// The rule that a text of the caller breaks, or nothing. Empty, not UTF-8, NUL; control characters unless `lines`.
enum class text_rule { one_line, lines };
[[nodiscard]] std::optional<std::string_view> check_text(std::string_view text, text_rule rule);

/// The rule that a domain breaks, or nothing. `example` is a correct one.
[[nodiscard]] std::optional<std::string> check_domain(const std::string& domain, bool allow_plain_http,
                                                      std::string_view example);

/// A domain that has passed the check, in one spelling, so that two can be compared; no `/` at the end. The path is
/// kept byte for byte.
[[nodiscard]] std::string base_url_of(const std::string& domain);

}  // namespace lark::base
