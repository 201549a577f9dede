// SPDX-License-Identifier: MIT
#include "exchange_view.hpp"

#include "../hosts.hpp"

#include <lark/json.hpp>

#include <charconv>
#include <string_view>

namespace lark::fake {

namespace {

using namespace registration;

host_name name_in(const std::string& url) {
    const auto scheme_end = url.find("://");
    return host_name::parse(std::string_view(url).substr(scheme_end + 3)).value_or(host_name{});
}

bool has_text(const json& body, std::string_view name) { return !body[name].as_string().value_or("").empty(); }

oauth_error error_in(const json& body) {
    const auto word = body["error"].as_string().value_or("");
    if (word.empty()) return oauth_error::none;
    return enumerator<oauth_error>(word).value_or(oauth_error::other);
}

bool is_bad(int status) noexcept { return (status >= 300 && status < 400) || status == 429 || status >= 500; }

/// protocol.md, section 2: the words that decide whatever the HTTP status is.
bool always_decides(oauth_error error) noexcept {
    return error == oauth_error::access_denied || error == oauth_error::expired_token ||
           error == oauth_error::invalid_grant;
}

exchange_result result_with_error(const trace_event& event) noexcept {
    const auto error = event.exchange.error;
    if (event.exchange.step == exchange_step::poll && error == oauth_error::authorization_pending)
        return exchange_result::pending;
    if (event.exchange.step == exchange_step::poll && error == oauth_error::slow_down)
        return exchange_result::slow_down;
    return is_bad(event.exchange.http_status) && !always_decides(error) ? exchange_result::bad_status
                                                                        : exchange_result::error;
}

/// The result in the reply, in the order of protocol.md, section 3.
exchange_result result_in(const trace_event& event, const json& body, host_role host) {
    const auto& exchange = event.exchange;
    const bool polled = exchange.step == exchange_step::poll;
    if (body.kind() != json::type::object)
        return is_bad(exchange.http_status) ? exchange_result::bad_status : exchange_result::no_json;
    if (polled && has_text(body, "client_id") && has_text(body, "client_secret")) return exchange_result::credentials;
    if (polled && host == host_role::feishu && body["user_info"]["tenant_brand"].as_string() == "lark")
        return exchange_result::lark_user;
    if (exchange.error != oauth_error::none) return result_with_error(event);
    if (polled && has_text(body, "client_id") && body["auth_method"]) return exchange_result::keyless;
    if (exchange.step == exchange_step::init && body["supported_auth_methods"]) return exchange_result::auth_methods;
    if (exchange.step == exchange_step::begin && has_text(body, "device_code")) return exchange_result::link;
    if (exchange.step == exchange_step::token && has_text(body, "tenant_access_token")) return exchange_result::token;
    if (exchange.step == exchange_step::call && body["code"] && exchange.code == 0) return exchange_result::data;
    if (is_bad(exchange.http_status)) return exchange_result::bad_status;
    if (exchange.code != 0) return exchange_result::platform_error;
    return polled ? exchange_result::nothing : exchange_result::incomplete;
}

std::chrono::seconds seconds_of(std::string_view text) noexcept {
    unsigned value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return std::chrono::seconds{read.ptr == text.data() + text.size() ? value : 0};
}

std::chrono::seconds seconds_of(const json& number) noexcept {
    const auto value = number.as_integer().value_or(0);
    return std::chrono::seconds{value > 0 ? value : 0};
}

void read_response(const http_response& response, host_role host, trace_event& event) {
    auto& exchange = event.exchange;
    const auto body = json::parse(response.body).value_or(json{});
    exchange.http_status = response.status;
    exchange.error = error_in(body);
    exchange.code = body["code"].as_integer().value_or(0);
    for (const char* name : {"X-Tt-Logid", "X-Request-Id"}) {
        const auto id = find_header(response.headers, name);
        if (id && exchange.request_id.empty()) exchange.request_id = log_id::parse(*id).value_or(log_id{});
    }
    event.bytes = response.body.size();
    event.retry_after = seconds_of(find_header(response.headers, "Retry-After").value_or(""));
    event.interval = seconds_of(body["interval"]);
    event.lifetime = seconds_of(body["expires_in"]);
    event.result = result_in(event, body, host);
}

}  // namespace

exchange_view::exchange_view(const std::string& feishu_url, const std::string& lark_url)
    : hosts_{{{name_in(feishu_url)}, {name_in(lark_url)}}} {}

std::optional<trace_event> exchange_view::describe(host_role host, const http_request& request,
                                                   const service_reply& reply) {
    const auto step = exchange_step_of(request);
    if (!step) return {};
    auto& at = hosts_[static_cast<std::size_t>(host)];
    trace_event event;
    event.exchange.step = *step;
    event.exchange.host = at.name;
    event.exchange.number = ++at.requests[static_cast<std::size_t>(event.exchange.step)];
    event.took = reply.delay;
    if (const auto* response = std::get_if<http_response>(&reply.result)) {
        read_response(*response, host, event);
    } else {
        const auto kind = std::get<transport_failure>(reply.result).kind;
        event.result = kind == transport_failure_kind::timeout ? exchange_result::timeout : exchange_result::no_reply;
        event.exchange.failure = kind;
    }
    return event;
}

}  // namespace lark::fake
