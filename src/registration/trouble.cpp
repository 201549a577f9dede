#include "registration/trouble.hpp"

#include "base/failure_kind.hpp"
#include "registration/reply.hpp"

#include <lark/registration/outcome.hpp>

#include <chrono>

namespace lark::registration::detail {
namespace {

std::string status_text(int status) { return "HTTP " + std::to_string(status); }

}  // namespace

trouble trouble_of(const transport_failure& failure) {
    std::string text{to_string(failure.kind)};
    if (!failure.detail.empty()) text += ": " + failure.detail;
    return {base::code_of(failure.kind), std::move(text), base::is_passing(failure.kind)};
}

trouble trouble_of_status(int status) {
    if (is_redirect(status)) return {error_code::http_error, status_text(status) + ": redirects are not followed", false};
    return {error_code::http_error, status_text(status), is_busy(status)};
}

trouble trouble_of_body(const http_response& response) {
    if (is_redirect(response.status) || is_busy(response.status)) return trouble_of_status(response.status);
    if (response.body.size() > body_cap) return {error_code::invalid_response, "the reply is over 256 KiB", false};
    const bool good = response.status >= 200 && response.status <= 299;
    return {good ? error_code::invalid_response : error_code::http_error,
            "the reply is no JSON object (" + status_text(response.status) + ')', false};
}

trouble trouble_of_timeout(duration timeout) {
    using namespace std::chrono;
    const auto ms = ceil<milliseconds>(timeout).count();
    const auto text = ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
    return {error_code::timeout, "timeout: no reply within " + text, true};
}

}  // namespace lark::registration::detail
