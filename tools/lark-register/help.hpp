// SPDX-License-Identifier: MIT
#pragma once

#include "texts.hpp"

#include <string>

/// Texts that are made from the table of options.
namespace lark_register {

[[nodiscard]] std::string help_text(const texts& words);

/// The manual page, in the man macros of troff, in English.
[[nodiscard]] std::string manual_page();

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();

}  // namespace lark_register
