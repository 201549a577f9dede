// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The domains that a caller names: full URLs of scheme and host, optional port, and for a gateway a path, which that of a request
/// is appended to (protocol.md, section 1).
namespace lark::base {

/// The rule that a domain breaks, or nothing. `example` is a correct one.
[[nodiscard]] std::optional<std::string> check_domain(const std::string& domain, bool allow_plain_http,
                                                      std::string_view example);

/// A domain that has passed the check, in one spelling, so that two can be compared; no `/` at the end. The path is kept byte for
/// byte.
[[nodiscard]] std::string base_url_of(const std::string& domain);

}  // namespace lark::base
