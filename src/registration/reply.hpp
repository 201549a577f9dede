// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/outcome.hpp>
#include <lark/registration/trace.hpp>
#include <lark/secret.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lark::registration::detail {

/// Larger bodies are not read (protocol.md, section 3, rule 5).
inline constexpr std::size_t body_cap = 256 * 1024;

/// The content of a reply of the one endpoint. Fields of a wrong type are absent, of a duplicated key the last counts.
struct reply {
    std::string error{};  ///< empty counts as absent
    std::string error_description{};

    bool supports_client_secret = false;  ///< `supported_auth_methods` is an array with the string `client_secret`

    secret device_code{};
    std::string verification_uri_complete{};
    std::string verification_uri{};
    std::string user_code{};
    std::chrono::seconds lifetime{600};  ///< of `expires_in`, `expire_in`, or the default; within its cap
    std::optional<std::chrono::seconds>
        interval{};  ///< positive, within its cap; absent where it is missing or makes no sense

    std::string client_id{};
    secret client_secret{};
    std::optional<registration::user_info> user_info{};
    std::string auth_methods{};  ///< of `auth_method`: the names, with a blank between them

    std::int64_t code = 0;  ///< of the platform's envelope; 0 is none, or no error
    std::string message{};  ///< `msg` of that envelope

    [[nodiscard]] bool has_error() const noexcept { return !error.empty(); }
    [[nodiscard]] bool is_slow_down() const noexcept { return error == "slow_down"; }
    /// An error that ends nothing (RFC 8628, 3.5).
    [[nodiscard]] bool is_pending() const noexcept { return error == "authorization_pending" || is_slow_down(); }
    /// An error that ends the flow whatever the HTTP status (protocol.md, section 3).
    [[nodiscard]] bool is_known_end() const noexcept;
    [[nodiscard]] bool has_credentials() const noexcept { return !client_id.empty() && !client_secret.empty(); }
    /// An app whose auth methods leave the client secret out (protocol.md, section 3).
    [[nodiscard]] bool is_keyless() const noexcept;
    [[nodiscard]] bool is_lark() const noexcept { return user_info && user_info->tenant_brand == "lark"; }
};

/// Reads a body; nothing if it is not a JSON object. Texts come whole: cutting them is up to who keeps them.
/// Throws `std::bad_alloc` only.
[[nodiscard]] std::optional<reply> read_reply(const std::string& body);

// The meaning of an `error`: protocol.md, section 3.

[[nodiscard]] failure_kind kind_of(std::string_view error) noexcept;

/// For a known error that comes without a description; empty for others.
[[nodiscard]] std::string_view default_description(std::string_view error) noexcept;

/// The form in which a trace may show an `error`; empty is none.
[[nodiscard]] oauth_error shown_error(std::string_view error) noexcept;

}  // namespace lark::registration::detail
