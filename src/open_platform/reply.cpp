// SPDX-License-Identifier: MIT
#include "open_platform/reply.hpp"

#include "base/http.hpp"
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

/// The words of RFC 6749, 5.2, where the platform's own `msg` is not there.
void add_oauth_text(const json& body, secrets hidden, api_failure& why) {
    const auto text = [&](std::string_view name) { return base::redact(body[name].as_string().value_or(""), hidden); };
    if (!text("msg").empty() || text("error").empty()) return;
    why.message = text("error");
    if (const auto more = text("error_description"); !more.empty()) why.message += ": " + more;
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

std::variant<token_reply, request_error> read_token_reply(const http_response& response, secrets hidden,
                                                          token_form form) {
    auto fields = response.body.size() > body_cap ? std::nullopt : read_token_fields(response.body, form);
    const bool oauth = form == token_form::oauth;
    const auto is_good_code = [&] { return oauth ? fields->code.value_or(0) == 0 : fields->code == 0; };
    if (!base::is_good(response.status) || !fields || !is_good_code()) {
        const auto body = read_body(response);
        auto error = request_error_of(response, body, hidden);
        if (oauth) add_oauth_text(body, hidden, error.why);
        if (fields && !fields->token.empty()) error.why.body = {};  // the token may be valid
        return error;
    }
    if (!is_fit_for_header(fields->token.reveal()))
        return request_error{missing(oauth ? "the reply has no access_token that can be used"
                                           : "the reply has no tenant_access_token that can be used",
                                     response.status, request_id_of(response, hidden))};
    const auto lifetime = fields->lifetime > std::chrono::seconds{0} ? fields->lifetime : least_lifetime;
    return token_reply{std::move(fields->token), lifetime};
}

}  // namespace lark::open_platform::detail
