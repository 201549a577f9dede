// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <string_view>

/// The meaning of a transport's failure for the caller who waits for the reply.
namespace lark::base {

/// One of `error_code`.
[[nodiscard]] std::string_view code_of(transport_failure_kind kind) noexcept;

/// Worth another try: it may be gone in a moment (protocol.md, section 2).
[[nodiscard]] bool is_retryable(transport_failure_kind kind) noexcept;

}  // namespace lark::base
