// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>

#include <string>
#include <string_view>

namespace lark {

/// `text` made fit to be shown in a terminal or a log: C0 and C1 controls, DEL, bidirectional controls, line and
/// paragraph separators and bytes that are not UTF-8 come out as `\u{XXXX}` (bytes as `\x{XX}`); the rest is kept
/// (protocol.md, section 7). Throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT std::string printable(std::string_view text);

}  // namespace lark
