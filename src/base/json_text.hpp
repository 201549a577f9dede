// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lark::base {

/// How deep arrays and objects may nest.
inline constexpr std::size_t json_depth_cap = 64;

/// Makes a body fit for Poco's JSON parser, which rejects the whole text for an invalid byte, for a lone surrogate
/// escape and for a number out of range, and cuts a key at `\u0000`: credentials must not be lost to a stray field
/// (protocol.md, section 1).
///
/// In a string, a byte that is not UTF-8 and a lone surrogate escape become U+FFFD, and so does `\u0000` in a key. An
/// integer beyond 64 bits, or any other number beyond a double, becomes `null`. A byte order mark is dropped (RFC 8259,
/// 8.1). Returns `body` if nothing needed a change, else `scratch`, which then holds the text; null if the body cannot
/// be JSON: a NUL byte, one over 0x7F outside of a string, a malformed number, nesting over the cap. Does not validate
/// the rest.
[[nodiscard]] const std::string* sanitise_for_poco(const std::string& body, std::string& scratch);

/// Appends `text` as a JSON string, quotes included; it takes up to `most_quoted` bytes. With room for them nothing is
/// copied on the way. Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);
[[nodiscard]] constexpr std::size_t most_quoted(std::string_view text) noexcept { return 6 * text.size() + 2; }

}  // namespace lark::base
