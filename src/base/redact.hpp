// SPDX-License-Identifier: MIT
#pragma once

#include "base/text.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace lark::base {

/// `text` with every occurrence of the secrets replaced, cut to `cap` bytes: a server or a transport that quotes a secret
/// must not get it into a log (protocol.md, section 7). Secrets of fewer than four bytes are left alone: they would only
/// make the text unreadable. Looks at no more of `text` than it keeps.
[[nodiscard]] std::string redact(std::string_view text, std::initializer_list<std::string_view> secrets,
                                 std::size_t cap = text_cap);

/// Whether one of the secrets stands in `text`. Those of fewer than four bytes are not looked for, as above.
[[nodiscard]] bool quotes(std::string_view text, std::initializer_list<std::string_view> secrets) noexcept;

}  // namespace lark::base
