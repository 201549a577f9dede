// SPDX-License-Identifier: MIT
#pragma once

#include "command_line.hpp"

#include <span>
#include <string_view>

/// The one table of options, from which the parser, `--help`, the manual page and the shell completions are made.
namespace lark_register {

/// The same text in both languages.
struct bilingual {
    std::string_view english;
    std::string_view chinese;
};

/// Under which heading an option stands.
enum class option_group { registration, app, result, carrying_on, network, display, sandbox, general };
inline constexpr option_group all_groups[] = {option_group::registration, option_group::app,     option_group::result,
                                              option_group::carrying_on,  option_group::network, option_group::display,
                                              option_group::sandbox,      option_group::general};
[[nodiscard]] bilingual heading(option_group group) noexcept;

/// The kind of values that a shell can propose.
enum class completion {
    nothing,
    files,
    folders,
    words,  ///< those of `option_row::words`
};

struct option_row {
    std::string_view name;   ///< with its dashes, and a short form after a comma: `--help,-h`
    std::string_view value;  ///< what stands for the value in the help; empty: a flag
    option_group group;
    bilingual help;
    /// Stores the value. Throws `usage_error` if it cannot be read; ranges are checked by the library.
    void (*apply)(arguments& out, std::string_view value);
    completion complete = completion::nothing;
    std::string_view words{};  ///< separated by blanks
    bool repeatable = false;

    [[nodiscard]] constexpr std::string_view long_name() const noexcept { return name.substr(0, name.find(',')); }
    /// Empty if there is none.
    [[nodiscard]] constexpr std::string_view short_name() const noexcept {
        const auto comma = name.find(',');
        return comma == std::string_view::npos ? std::string_view{} : name.substr(comma + 1);
    }
};

[[nodiscard]] std::span<const option_row> option_table() noexcept;

}  // namespace lark_register
