// SPDX-License-Identifier: MIT
#include <lark/version.hpp>

namespace lark {

std::string_view version() noexcept { return LARK_VERSION_STRING; }

}  // namespace lark
