// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/outcome.hpp>
#include <lark/registration/trace.hpp>

#include <string_view>

/// The meaning of the service's words for an end: protocol.md, section 3.
namespace lark::registration::detail {

[[nodiscard]] failure_kind kind_of(std::string_view error) noexcept;

/// For a known error that comes without a description; empty for others.
[[nodiscard]] std::string_view default_description(std::string_view error) noexcept;

/// The form in which a trace may show an `error`; empty is none.
[[nodiscard]] oauth_error shown_error(std::string_view error) noexcept;

}  // namespace lark::registration::detail
