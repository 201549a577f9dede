#include "open_platform/reply.hpp"

#include "base/http_status.hpp"
#include "base/redact.hpp"

#include <algorithm>
#include <utility>

namespace lark::open_platform::detail {
namespace {

constexpr std::size_t longest_token = 8 * 1024;

/// The service hands out a token only while it has at least this long (protocol.md, section 6).
constexpr std::chrono::seconds least_lifetime = std::chrono::minutes{30};

json read_body(const http_response& response) {
    if (response.body.size() > body_cap) return {};
    auto body = json::parse(response.body);
    return body && body->kind() == json::type::object ? std::move(*body) : json{};
}

bool is_good(const http_response& response, const json& body) {
    return base::is_good(response.status) && body["code"].as_integer() == 0;
}

/// A token is sent in a header: visible ASCII, so that no character ends the line.
bool is_fit_for_header(const std::string& token) noexcept {
    return !token.empty() && token.size() <= longest_token &&
           std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::variant<api_response, request_error> read_api_reply(const http_response& response, secrets hidden) {
    auto body = read_body(response);
    if (!is_good(response, body)) return request_error_of(response, body, hidden);
    api_response out;
    out.data = body["data"];
    out.message = base::redact(body["msg"].as_string().value_or(""), hidden);
    out.http_status = response.status;
    out.request_id = request_id_of(response, hidden);
    out.body = std::move(body);
    return out;
}

std::variant<token_reply, request_error> read_token_reply(const http_response& response, secrets hidden) {
    auto fields = response.body.size() > body_cap ? std::nullopt : read_token_fields(response.body);
    const bool good = base::is_good(response.status);
    if (!good || !fields || fields->code != 0) {
        auto error = request_error_of(response, read_body(response), hidden);
        if (fields && !fields->token.empty()) error.why.body = {};  // the token may be valid
        return error;
    }
    if (!is_fit_for_header(fields->token.reveal()))
        return request_error{missing("the reply has no tenant_access_token that can be used", response.status,
                                     request_id_of(response, hidden))};
    const auto lifetime = fields->lifetime > std::chrono::seconds{0} ? fields->lifetime : least_lifetime;
    return token_reply{std::move(fields->token), lifetime};
}

}  // namespace lark::open_platform::detail
