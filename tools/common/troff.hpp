// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace lark::tools {

/// The text as a manual page prints it as it stands. In troff a hyphen is typographic unless escaped, and a dot or an
/// apostrophe at the start of a line is a request.
[[nodiscard]] std::string to_troff(std::string_view text);

}  // namespace lark::tools
