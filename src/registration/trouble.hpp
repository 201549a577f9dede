#pragma once

#include <lark/http.hpp>
#include <lark/time.hpp>

#include <string>
#include <string_view>

namespace lark::registration::detail {

/// Why a request brought nothing that the flow can go on with.
struct trouble {
    std::string_view code;  ///< one of `error_code`
    std::string text;       ///< for people
    bool passing = false;   ///< worth another try at init and begin; for polls every trouble is
};

/// protocol.md, section 2, lists what is retried at the start.
[[nodiscard]] trouble trouble_of(const transport_failure& failure);

/// A reply whose status says nothing about the registration: see `base::is_busy`, `base::is_redirect`.
[[nodiscard]] trouble trouble_of_status(int status);

/// A reply whose body is no JSON object.
[[nodiscard]] trouble trouble_of_body(const http_response& response);

[[nodiscard]] trouble trouble_of_timeout(duration timeout);

}  // namespace lark::registration::detail
