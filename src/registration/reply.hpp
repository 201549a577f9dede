#pragma once

#include <lark/registration/outcome.hpp>
#include <lark/secret.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace lark::registration::detail {

/// Larger bodies are not read (design.md, section 4; protocol.md, section 3, rule 5).
inline constexpr std::size_t body_cap = 256 * 1024;
/// Texts of the server are kept up to this (protocol.md, section 7).
inline constexpr std::size_t text_cap = 1024;
inline constexpr std::size_t url_cap = 16 * 1024;

/// What a reply of the one endpoint can say. Fields of a wrong type are absent, of a duplicated key the last counts.
struct reply {
    std::optional<std::string> error{};  ///< not empty
    std::string error_description{};

    bool supports_client_secret = false;  ///< `supported_auth_methods` is an array with the string `client_secret`

    secret device_code{};
    std::string verification_uri_complete{};
    std::string verification_uri{};
    std::string user_code{};
    std::chrono::seconds lifetime{600};             ///< of `expires_in`, `expire_in`, or the default; within its cap
    std::optional<std::chrono::seconds> interval{}; ///< positive, within its cap; absent where it is missing or makes no sense

    std::string client_id{};
    secret client_secret{};
    std::optional<registration::user_info> user_info{};

    [[nodiscard]] bool has_credentials() const noexcept { return !client_id.empty() && !client_secret.empty(); }
    [[nodiscard]] bool is_lark() const noexcept { return user_info && user_info->tenant_brand == "lark"; }
};

/// Reads a body; nothing if it is no JSON object. Texts come whole: cutting them is up to who keeps them.
/// Throws `std::bad_alloc` only.
[[nodiscard]] std::optional<reply> read_reply(const std::string& body);

}  // namespace lark::registration::detail
