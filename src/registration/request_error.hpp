// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/registration/trace.hpp>

#include <string>
#include <string_view>

namespace lark::registration::detail {

/// Why a request brought nothing that the flow can go on with.
struct request_error {
    std::string_view code;   ///< one of `error_code`
    std::string text;        ///< for people
    bool retryable = false;  ///< worth another try at init and begin; for polls every error is
    exchange_result result = exchange_result::no_reply;
};

/// protocol.md, section 2, lists what is retried at the start.
[[nodiscard]] request_error request_error_of(const transport_failure& failure);

struct reply;

/// A reply whose status says nothing about the registration: see `base::is_busy`, `base::is_redirect`. The text names
/// what the reply says of it: `HTTP 503, error temporarily_unavailable: …`, `HTTP 429, code 99991400: …`.
[[nodiscard]] request_error status_error(int status, const reply* said = nullptr);

/// An error of the platform itself, `{"code":20001,"msg":"…"}`: `HTTP 403, code 20001: …` (protocol.md, section 2).
[[nodiscard]] request_error platform_error(int status, const reply& said);

/// True if the platform refused the request for its rate limit (protocol.md, section 6).
[[nodiscard]] bool is_rate_limited(const reply& said) noexcept;

/// A reply whose body is not a JSON object.
[[nodiscard]] request_error body_error(const http_response& response);

}  // namespace lark::registration::detail
