// SPDX-License-Identifier: MIT
#pragma once

#include "base/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace lark::base {

/// Identifies a URL that is too long to be kept. Nothing can be read from it. 0: none.
using url_print = std::uint64_t;

/// 0 for what does not begin with `http`.
[[nodiscard]] url_print fingerprint(std::string_view url) noexcept;

/// `text` with every occurrence of the secrets replaced, cut to `cap` bytes: a server or a transport that quotes a secret
/// must not get it into a log (protocol.md, section 7). Secrets of fewer than four bytes are left alone: they would only
/// make the text unreadable. Likewise the URLs of which there are prints. Looks at no more of `text` than it keeps.
[[nodiscard]] std::string redact(std::string_view text, std::initializer_list<std::string_view> secrets,
                                 std::size_t cap = text_cap, const std::array<url_print, 2>& urls = {});

/// Whether one of the secrets stands in `text`. Those of fewer than four bytes are not looked for, as above.
[[nodiscard]] bool quotes(std::string_view text, std::initializer_list<std::string_view> secrets) noexcept;

}  // namespace lark::base
