#pragma once

#include <lark/http.hpp>
#include <lark/time.hpp>

#include <string>
#include <string_view>

namespace lark::registration::detail {

/// Why a request brought nothing that the flow can go on with.
struct request_error {
    std::string_view code;   ///< one of `error_code`
    std::string text;        ///< for people
    bool retryable = false;  ///< worth another try at init and begin; for polls every trouble is
};

/// protocol.md, section 2, lists what is retried at the start.
[[nodiscard]] request_error request_error_of(const transport_failure& failure);

/// A reply whose status says nothing about the registration: see `base::is_busy`, `base::is_redirect`.
[[nodiscard]] request_error status_error(int status);

/// A reply whose body is no JSON object.
[[nodiscard]] request_error body_error(const http_response& response);

[[nodiscard]] request_error timeout_error(duration timeout);

}  // namespace lark::registration::detail
