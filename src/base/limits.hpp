// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// Texts of the service are kept up to these (protocol.md, section 7).
namespace lark::base {

inline constexpr std::size_t text_cap = 1024;
inline constexpr std::size_t url_cap = 16 * 1024;
inline constexpr std::size_t user_info_cap = 16 * 1024;

}  // namespace lark::base
