// SPDX-License-Identifier: MIT
#pragma once

#include "settings.hpp"

namespace lark_register {

/// Reads the command line by the table of options. Throws `usage_error`.
[[nodiscard]] settings parse_command_line(int argc, const char* const* argv);

/// The language that `--lang` asks for, also where the rest of the command line cannot be read.
[[nodiscard]] language spoken_language(int argc, const char* const* argv) noexcept;

}  // namespace lark_register
