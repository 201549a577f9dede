#include "open_platform/trouble.hpp"

#include "base/failure_kind.hpp"
#include "base/redact.hpp"
#include "base/retry_after.hpp"

#include <lark/registration/outcome.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace lark::open_platform::detail {
namespace {

using std::chrono::milliseconds;
namespace error_code = registration::error_code;

/// Far from any overflow, and longer than anybody waits.
constexpr milliseconds longest_wait = std::chrono::hours{24 * 365};

/// `x-ogw-ratelimit-reset`: seconds, possibly fractional (protocol.md, section 6). Rounded up to milliseconds.
std::optional<milliseconds> ratelimit_reset(const std::vector<http_header>& headers) {
    const auto text = find_header(headers, "x-ogw-ratelimit-reset");
    if (!text || text->empty() || text->find_first_not_of("0123456789.") != std::string_view::npos) return {};
    double seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (end != text->data() + text->size()) return {};
    const bool huge = error == std::errc::result_out_of_range || seconds >= static_cast<double>(longest_wait.count()) / 1000;
    return huge ? longest_wait : milliseconds{static_cast<milliseconds::rep>(std::ceil(seconds * 1000 - 1e-6))};
}

std::optional<milliseconds> retry_after_of(const std::vector<http_header>& headers) {
    if (const auto reset = ratelimit_reset(headers)) return reset;
    const auto wait = base::retry_after(headers);
    if (!wait) return {};
    return std::min<milliseconds>(*wait, longest_wait);
}

std::string status_text(int status) { return "HTTP " + std::to_string(status); }

std::string text_of_status(int status, bool is_object) {
    if (status >= 300 && status <= 399) return status_text(status) + ": redirects are not followed";
    if (status < 200 || status > 299) return status_text(status);
    return is_object ? "the reply has no code" : "the reply is no JSON object";
}

}  // namespace

trouble trouble_of(const transport_failure& failure, secrets hidden) {
    std::string text{to_string(failure.kind)};
    if (!failure.detail.empty()) text += ": " + failure.detail;
    trouble out;
    out.why.kind = api_failure_kind::no_reply;
    out.why.error = base::code_of(failure.kind);
    out.why.message = base::redact(text, hidden, text_cap);
    out.passing = base::is_passing(failure.kind);
    return out;
}

trouble trouble_of_timeout(duration timeout) {
    const auto ms = std::chrono::ceil<milliseconds>(timeout).count();
    trouble out;
    out.why.kind = api_failure_kind::no_reply;
    out.why.error = error_code::timeout;
    out.why.message = "no reply within " + (ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms");
    out.passing = true;
    return out;
}

trouble trouble_of(const http_response& response, const json& body, secrets hidden) {
    const auto status = response.status;
    const auto code = body["code"].as_integer();
    trouble out;
    out.why.http_status = status;
    out.why.request_id = request_id_of(response, hidden);
    out.why.retry_after = retry_after_of(response.headers);
    if (code) {
        out.why.code = *code;
        out.why.message = base::redact(body["msg"].as_string().value_or(""), hidden, text_cap);
    }
    if (status == 429 || code == api_code::rate_limited) {
        out.why.kind = api_failure_kind::rate_limited;
        if (out.why.code == 0) out.why.error = error_code::http_error;
        if (out.why.message.empty()) out.why.message = "too many calls";
    } else if (out.why.code != 0) {
        out.why.kind = api_failure_kind::refused;
    } else {
        const bool good = status >= 200 && status <= 299;
        out.why.kind = api_failure_kind::bad_reply;
        out.why.error = good ? error_code::invalid_response : error_code::http_error;
        out.why.message = text_of_status(status, body.kind() == json::type::object);
        out.passing = status >= 500 && status <= 599;
    }
    return out;
}

api_failure missing(std::string_view what, int http_status, std::string request_id) {
    api_failure out;
    out.kind = api_failure_kind::bad_reply;
    out.error = error_code::invalid_response;
    out.message = what;
    out.http_status = http_status;
    out.request_id = std::move(request_id);
    return out;
}

std::string request_id_of(const http_response& response, secrets hidden) {
    for (const auto* name : {"x-tt-logid", "x-request-id"}) {
        const auto id = find_header(response.headers, name);
        if (id && !id->empty()) return base::redact(*id, hidden, text_cap);
    }
    return {};
}

}  // namespace lark::open_platform::detail
