// SPDX-License-Identifier: MIT
#pragma once

#include <lark/open_platform/api.hpp>
#include <lark/open_platform/options.hpp>

#include <string>

namespace lark::open_platform::detail {

/// Where calls go, without a `/` at the end. Throws `registration::invalid_option` for anything wrong with the options.
[[nodiscard]] std::string checked_base_url(const client_options& options);

/// The accounts host for assertions, in the same form. The options have passed the check.
[[nodiscard]] std::string accounts_url_of(const client_options& options);
/// Its host, and its port if it has one.
[[nodiscard]] std::string audience_of(const std::string& accounts_url);

/// Throws `registration::invalid_option` for anything wrong with a request, named as its members are: `headers[0]`.
void check(const api_request& request);

/// The URL of a request that has passed the check.
[[nodiscard]] std::string url_of(const std::string& base_url, const api_request& request);

/// True if one of the headers has that name, which must be in lower case.
[[nodiscard]] bool has_header(const api_request& request, std::string_view lower_case_name) noexcept;

/// GET: safe, and with that idempotent (RFC 9110, 9.2). PUT and DELETE are too by that text, but the platform answers
/// the second of two with an error, so they are not repeated.
[[nodiscard]] bool is_repeatable(const std::string& method) noexcept;

}  // namespace lark::open_platform::detail
