// SPDX-License-Identifier: MIT
#include "open_platform/request_error.hpp"

#include "base/http.hpp"
#include "base/http_fields.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"

#include <lark/error_code.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lark::open_platform::detail {
namespace {

using registration::exchange_result;
using std::chrono::milliseconds;

/// Far from any overflow, and longer than any wait.
std::optional<milliseconds> capped(std::optional<milliseconds> wait) noexcept {
    constexpr milliseconds longest_wait = std::chrono::hours{24 * 365};
    return wait ? std::min(*wait, longest_wait) : wait;
}

/// `x-ogw-ratelimit-limit`: how many calls the platform allows.
std::optional<std::int64_t> ratelimit_limit(const std::vector<http_header>& headers) {
    const auto text = find_header(headers, "x-ogw-ratelimit-limit");
    if (!text || text->empty() || !base::is_digit(text->front())) return {};
    std::int64_t limit = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || end != text->data() + text->size()) return {};
    return limit;
}

/// A JSON object without the secrets, as they are and as they are escaped; absent if it is not one, or none without
/// them.
json redacted(const json& body, secrets hidden) {
    if (body.kind() != json::type::object) return {};
    std::vector<std::string> quoted;
    quoted.reserve(hidden.size());  // `forms` has views of its texts
    std::vector<std::string_view> forms;
    for (const auto hide : hidden) {
        if (hide.size() < base::shortest_secret) continue;
        forms.push_back(hide);
        const std::string_view in_quotes = quoted.emplace_back(json::quote(hide));
        forms.push_back(in_quotes.substr(1, in_quotes.size() - 2));
    }
    const auto text = body.text();
    const auto rest = base::redact(text, forms, std::string::npos);
    if (rest == text) return body;
    auto shown = json::parse(rest).value_or(json{});
    return shown.kind() == json::type::object ? shown : json{};
}

exchange_result result_of(int status, std::int64_t code, const json& body) noexcept {
    if (code != 0) return exchange_result::platform_error;
    if (!base::is_good(status)) return exchange_result::bad_status;
    return body.kind() == json::type::object ? exchange_result::incomplete : exchange_result::no_json;
}

std::string text_of_status(int status, bool is_object) {
    if (base::is_redirect(status)) return base::status_text(status).append(": ").append(base::redirects_text);
    if (!base::is_good(status)) return base::status_text(status);
    return is_object ? "the reply has no code" : "the reply is not a JSON object";
}

}  // namespace

request_error request_error_of(const transport_failure& failure, secrets hidden) {
    request_error out;
    out.why.kind = api_failure_kind::no_reply;
    out.why.error = base::code_of(failure.kind);
    out.why.message = base::redact(base::text_of(failure), hidden);
    out.retryable = base::is_retryable(failure.kind);
    out.result = exchange_result::no_reply;
    if (failure.kind == transport_failure_kind::too_large && failure.http_status != 0) {  // there was a reply
        out.why.kind = api_failure_kind::bad_reply;
        out.why.http_status = failure.http_status;
    }
    return out;
}

request_error request_error_of(const http_response& response, const json& body, secrets hidden) {
    const auto status = response.status;
    const auto code = body["code"].as_integer();
    request_error out;
    out.why.http_status = status;
    out.why.request_id = request_id_of(response, hidden);
    out.why.retry_after = capped(base::retry_after(response.headers));
    out.why.body = redacted(body, hidden);
    if (code) {
        out.why.code = *code;
        out.why.message = base::redact(body["msg"].as_string().value_or(""), hidden);
    }
    out.result = result_of(status, code.value_or(0), body);
    if (status == 429 || code == api_code::rate_limited) {
        out.why.kind = api_failure_kind::rate_limited;
        out.why.retry_after =
            std::max(out.why.retry_after, capped(base::rate_limit_reset(response.headers)));  // unset is the least
        out.why.rate_limit = ratelimit_limit(response.headers);
        if (out.why.code == 0) out.why.error = error_code::http_error;
        if (out.why.message.empty()) out.why.message = "too many calls";
    } else if (out.why.code != 0) {
        out.why.kind = api_failure_kind::refused;
    } else {
        out.why.kind = api_failure_kind::bad_reply;
        out.why.error = base::is_good(status) ? error_code::invalid_response : error_code::http_error;
        out.why.message = text_of_status(status, body.kind() == json::type::object);
        out.retryable = base::is_server_error(status);
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
        if (id && !id->empty()) return base::redact(*id, hidden);
    }
    return {};
}

}  // namespace lark::open_platform::detail
