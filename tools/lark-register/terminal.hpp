// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace lark_register {

/// The properties of standard error that the display needs. Read once, at the start of the display.
struct terminal {
    bool interactive = false;  ///< a terminal that understands cursor movements: not a file, not TERM=dumb
    bool colours = false;      ///< interactive, and NO_COLOR is not set
    bool utf8 = true;          ///< the locale is UTF-8, or says nothing
};
[[nodiscard]] terminal find_terminal();

/// Columns and lines of standard error as it is now; else COLUMNS and LINES; else 80 and 24.
struct terminal_size {
    int columns = 80;
    int lines = 24;
};
[[nodiscard]] terminal_size find_terminal_size();

/// Columns that `text` takes: East Asian characters take two. UTF-8 without control characters.
[[nodiscard]] int display_width(std::string_view text) noexcept;

/// The beginning of `text` that fits into that many columns, ended by an ellipsis if something is left out.
[[nodiscard]] std::string cut_to_width(std::string_view text, int columns);

/// `text` broken at blanks, or between East Asian characters, into lines of at most that many columns.
[[nodiscard]] std::string wrap(std::string_view text, int columns);

}  // namespace lark_register
