// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

namespace lark::tools {

/// RFC 3339 in UTC, to the millisecond: `2026-11-27T05:12:56.123Z`.
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point t);

}  // namespace lark::tools
