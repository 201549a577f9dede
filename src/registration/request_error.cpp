// SPDX-License-Identifier: MIT
#include "registration/request_error.hpp"

#include "base/http.hpp"
#include "registration/reply.hpp"

#include <lark/registration/outcome.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lark::registration::detail {
namespace {

constexpr std::int64_t rate_limited = 99991400;

std::string words_of(const reply& said) {
    std::string text;
    const auto add = [&](std::string_view name, std::string_view value, std::string_view description) {
        text.append(", ").append(name).append(1, ' ').append(value);
        if (!description.empty()) text.append(": ").append(description);
    };
    if (said.has_error()) add("error", said.error, said.error_description);
    else if (said.code != 0) add("code", std::to_string(said.code), said.message);
    return text;
}

}  // namespace

request_error request_error_of(const transport_failure& failure) {
    return {base::code_of(failure.kind), base::text_of(failure), base::is_retryable(failure.kind),
            exchange_result::no_reply};
}

request_error status_error(int status, const reply* said) {
    auto text = base::status_text(status);
    if (said != nullptr) text += words_of(*said);
    if (base::is_redirect(status))
        return {error_code::http_error, text.append(": ").append(base::redirects_text), false,
                exchange_result::bad_status};
    return {error_code::http_error, std::move(text), base::is_busy(status), exchange_result::bad_status};
}

request_error platform_error(int status, const reply& said) {
    return {base::is_good(status) ? error_code::invalid_response : error_code::http_error,
            base::status_text(status) + words_of(said), is_rate_limited(said), exchange_result::platform_error};
}

bool is_rate_limited(const reply& said) noexcept { return said.code == rate_limited; }

request_error body_error(const http_response& response) {
    if (base::is_redirect(response.status) || base::is_busy(response.status)) return status_error(response.status);
    if (response.body.size() > body_cap)
        return {error_code::invalid_response, "the reply is over 256 KiB", false, exchange_result::no_json};
    return {base::is_good(response.status) ? error_code::invalid_response : error_code::http_error,
            "the reply is not a JSON object (" + base::status_text(response.status) + ')', false,
            exchange_result::no_json};
}

}  // namespace lark::registration::detail
