// SPDX-License-Identifier: MIT
#pragma once

#include "base/text.hpp"

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace lark::base {

/// Shorter secrets are left alone: they would only make the text unreadable.
inline constexpr std::size_t shortest_secret = 4;

/// `text` with every occurrence of the secrets replaced, cut to `cap` bytes: a server or a transport that quotes a
/// secret must not get it into a log (protocol.md, section 7). Looks at no more of `text` than it keeps.
[[nodiscard]] std::string redact(std::string_view text, std::span<const std::string_view> secrets, std::size_t cap);
[[nodiscard]] inline std::string redact(std::string_view text, std::initializer_list<std::string_view> secrets,
                                        std::size_t cap = text_cap) {
    return redact(text, std::span{secrets.begin(), secrets.size()}, cap);
}

/// Whether one of the secrets stands in `text`.
[[nodiscard]] bool quotes(std::string_view text, std::initializer_list<std::string_view> secrets) noexcept;

}  // namespace lark::base
