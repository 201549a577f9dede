// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

/// Notations that both programs write.
namespace lark::tools {

/// RFC 3339 in UTC, to the millisecond: `2026-11-27T05:12:56.123Z`.
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point t);

/// The text as a manual page prints it as it stands. In troff a hyphen is typographic unless escaped, and a dot or an
/// apostrophe at the start of a line is a request.
[[nodiscard]] std::string to_troff(std::string_view text);

}  // namespace lark::tools
