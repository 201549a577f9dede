// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/registration/trace.hpp>

#include <initializer_list>
#include <string_view>

namespace lark::open_platform::detail {

using secrets = std::initializer_list<std::string_view>;  // to be redacted in texts

/// Why a request failed.
struct request_error {
    api_failure why;
    bool retryable = false;  ///< worth another try, if the request may be repeated
    registration::exchange_result result = registration::exchange_result::incomplete;
};

[[nodiscard]] request_error request_error_of(const transport_failure& failure, secrets hidden);

/// For a reply with a `code` other than 0, without one, or with an HTTP status other than 2xx.
[[nodiscard]] request_error request_error_of(const http_response& response, const json& body, secrets hidden);

/// For a good reply without the expected member. `what` is for people.
[[nodiscard]] api_failure missing(std::string_view what, int http_status, std::string request_id);

[[nodiscard]] std::string request_id_of(const http_response& response, secrets hidden);

}  // namespace lark::open_platform::detail
