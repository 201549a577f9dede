#pragma once

#include <lark/http.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace lark::base {

/// What `Retry-After` asks for (RFC 9110, 10.2.3): seconds (fractions round up), or a date, measured against the reply's
/// own `Date` header and ignored without one (protocol.md, section 3). Of several the largest counts; up to ten years.
/// Throws `std::bad_alloc` only.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const std::vector<http_header>& headers);

}  // namespace lark::base
