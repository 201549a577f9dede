// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The little of RFC 3986 that is needed without changing a byte of what is kept.
namespace lark::base {

/// Views into the text that was split. `host` keeps the brackets of an IPv6 literal.
struct url_parts {
    std::string_view scheme;
    std::string_view user_info;  ///< what stands before `@`
    bool has_user_info = false;
    std::string_view host;
    std::string_view port;  ///< digits, or empty
    bool has_port = false;
    std::string_view path;   ///< empty, or from the first `/`
    std::string_view query;  ///< without `?`
    bool has_query = false;
    std::string_view fragment;  ///< without `#`
    bool has_fragment = false;
};

/// Splits an absolute URL `scheme://authority…`; nothing if it is none, has no host, a malformed host or port, or holds
/// a control character, a space or a backslash.
[[nodiscard]] std::optional<url_parts> split_url(std::string_view url) noexcept;

/// Host and port of an absolute URL without user info that has been checked.
[[nodiscard]] std::string_view authority_of(std::string_view url) noexcept;

/// `localhost`, 127.0.0.0/8 or [::1]. A name under `localhost` is none: where the resolver asks DNS for it, it leads to
/// whomever DNS names.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

/// True if `text` is `lower`, which must be in lower case, without regard to ASCII case.
[[nodiscard]] bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept;

/// All but unreserved characters as `%XX`; fit for a form field and for a query parameter.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// The same, at the end of `out`; it takes `percent_encoded_size` bytes. With room for them nothing is copied on the
/// way.
void append_percent_encoded(std::string& out, std::string_view text);
[[nodiscard]] std::size_t percent_encoded_size(std::string_view text) noexcept;

/// Bytes over 0x7F as `%XX`, all else untouched.
[[nodiscard]] std::string ascii_only(std::string_view url);

}  // namespace lark::base
