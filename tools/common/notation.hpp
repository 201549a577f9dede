// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/addons.hpp>

#include <chrono>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

/// Notations that both programs read or write.
namespace lark::tools {

/// RFC 3339 in UTC, to the millisecond: `2026-11-27T05:12:56.123Z`.
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point t);

/// The text as a manual page prints it as it stands. In troff a hyphen is typographic unless escaped, and a dot or an
/// apostrophe at the start of a line is a request.
[[nodiscard]] std::string to_troff(std::string_view text);

/// `pattern` with each `{}` replaced by the next of `values`.
[[nodiscard]] std::string fill(std::string_view pattern, std::span<const std::string_view> values);
[[nodiscard]] std::string fill(std::string_view pattern, std::initializer_list<std::string_view> values);

/// Adds what `text` names, `tenant:NAME` or `user:NAME`. False if it is neither.
[[nodiscard]] bool add_to_side(registration::addon_groups& groups, std::string_view text);

}  // namespace lark::tools
