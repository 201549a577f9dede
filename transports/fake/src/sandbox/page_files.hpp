// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace lark::fake {

/// page.css and page.js, embedded by the build.
extern const std::string_view page_style;
extern const std::string_view page_script;

}  // namespace lark::fake
