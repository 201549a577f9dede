// SPDX-License-Identifier: MIT
#pragma once

#include "open_platform/request_error.hpp"

#include <lark/http.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/secret.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

/// Readers of the Open Platform's replies (protocol.md, section 6).
namespace lark::open_platform::detail {

/// Larger bodies are not read; transports mostly have a smaller cap of their own.
inline constexpr std::size_t body_cap = 16 * 1024 * 1024;

/// `{"code":0,"msg":"ok",…}` with HTTP 2xx is a response; all else is an error. Throws `std::bad_alloc` only.
[[nodiscard]] std::variant<api_response, request_error> read_api_reply(const http_response& response, secrets hidden);

struct token_reply {
    secret token{};                   ///< can be the value of a header
    std::chrono::seconds lifetime{};  ///< positive, up to a day
};

/// Which endpoint a token came from.
enum class token_form {
    internal,  ///< `code`, `tenant_access_token`, `expire`
    oauth,     ///< `access_token`, `expires_in`; `error`, `error_description`
};

[[nodiscard]] std::variant<token_reply, request_error> read_token_reply(const http_response& response, secrets hidden,
                                                                        token_form form = token_form::internal);

/// The top-level fields of a token reply. Not read through `json`, whose strings are not wiped. Fields of a wrong type
/// are absent; of a duplicated key the last one counts.
struct token_fields {
    std::optional<std::int64_t> code{};
    secret token{};
    std::chrono::seconds
        lifetime{};  ///< of `expire`, or `expires_in`; a number or a string of digits, up to a day; else 0
};

/// Empty unless the text is a JSON object.
[[nodiscard]] std::optional<token_fields> read_token_fields(const std::string& body,
                                                            token_form form = token_form::internal);

}  // namespace lark::open_platform::detail
