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

/// Replies of the Open Platform, read (protocol.md, section 6).
namespace lark::open_platform::detail {

/// Larger bodies are not read; transports mostly have a smaller cap of their own.
inline constexpr std::size_t body_cap = 16 * 1024 * 1024;

/// `{"code":0,"msg":"ok",…}` with HTTP 2xx is a response; all else is trouble. Throws `std::bad_alloc` only.
[[nodiscard]] std::variant<api_response, request_error> read_api_reply(const http_response& response, secrets hidden);

struct token_reply {
    secret token{};                   ///< fit for a header
    std::chrono::seconds lifetime{};  ///< 0 if the service told none that makes sense; up to a day
};

[[nodiscard]] std::variant<token_reply, request_error> read_token_reply(const http_response& response, secrets hidden);

/// What a token reply says at its top level. Read past `json`, whose strings are not wiped. Fields of a wrong type are
/// absent, of a duplicated key the last counts.
struct token_fields {
    std::optional<std::int64_t> code{};
    secret token{};
    std::chrono::seconds lifetime{};
};

/// Nothing if the text is no JSON object.
[[nodiscard]] std::optional<token_fields> read_token_fields(const std::string& body);

}  // namespace lark::open_platform::detail
