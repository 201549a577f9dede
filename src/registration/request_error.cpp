#include "registration/request_error.hpp"

#include "base/failure_kind.hpp"
#include "base/http_status.hpp"
#include "registration/reply.hpp"

#include <lark/registration/outcome.hpp>

#include <string>
#include <utility>

namespace lark::registration::detail {

request_error request_error_of(const transport_failure& failure) {
    std::string text{to_string(failure.kind)};
    if (!failure.detail.empty()) text += ": " + failure.detail;
    return {base::code_of(failure.kind), std::move(text), base::is_retryable(failure.kind)};
}

request_error status_error(int status) {
    auto text = base::status_text(status);
    if (base::is_redirect(status))
        return {error_code::http_error, text.append(": ").append(base::redirects_text), false};
    return {error_code::http_error, std::move(text), base::is_busy(status)};
}

request_error body_error(const http_response& response) {
    if (base::is_redirect(response.status) || base::is_busy(response.status)) return status_error(response.status);
    if (response.body.size() > body_cap) return {error_code::invalid_response, "the reply is over 256 KiB", false};
    return {base::is_good(response.status) ? error_code::invalid_response : error_code::http_error,
            "the reply is no JSON object (" + base::status_text(response.status) + ')', false};
}

request_error timeout_error(duration timeout) {
    return {error_code::timeout, "timeout: " + base::no_reply_within(timeout), true};
}

}  // namespace lark::registration::detail
