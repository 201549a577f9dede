#pragma once

#include "settings.hpp"

namespace lark_register {

/// Reads the command line by the table of options. Throws `usage_error`.
[[nodiscard]] settings parse_command_line(int argc, const char* const* argv);

}  // namespace lark_register
