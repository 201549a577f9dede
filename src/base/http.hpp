// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/time.hpp>

#include <string>
#include <string_view>

/// The meaning of a reply's status, or of a transport's failure, for the caller who waits for the reply.
namespace lark::base {

[[nodiscard]] constexpr bool is_good(int status) noexcept { return status >= 200 && status <= 299; }

/// These two say nothing about what was asked, whatever the body (protocol.md, section 3, rules 4 and 5).
[[nodiscard]] constexpr bool is_redirect(int status) noexcept { return status >= 300 && status <= 399; }
[[nodiscard]] constexpr bool is_server_error(int status) noexcept { return status >= 500 && status <= 599; }
[[nodiscard]] constexpr bool is_busy(int status) noexcept { return status == 429 || is_server_error(status); }

/// `HTTP 404`.
[[nodiscard]] std::string status_text(int status);

/// `what (HTTP 404)`; just `what` if the status is good.
[[nodiscard]] std::string with_bad_status(std::string_view what, int status);

/// The failure of a request that its flow abandons: `no reply within 15 s`.
[[nodiscard]] transport_failure timeout_failure(duration timeout);

/// For people.
[[nodiscard]] std::string text_of(const transport_failure& failure);

/// `; given up after 3 tries`.
[[nodiscard]] std::string given_up_after(unsigned tries);

inline constexpr std::string_view redirects_text = "redirects are not followed";

/// One of `error_code`.
[[nodiscard]] std::string_view code_of(transport_failure_kind kind) noexcept;

/// Worth another try: it may be gone in a moment (protocol.md, section 2).
[[nodiscard]] bool is_retryable(transport_failure_kind kind) noexcept;

}  // namespace lark::base
