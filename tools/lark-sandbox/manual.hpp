// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>

#include <string>

namespace lark_sandbox {

/// The manual page in troff, made of the options that the parser knows.
[[nodiscard]] std::string manual_page(const CLI::App& app);

}  // namespace lark_sandbox
