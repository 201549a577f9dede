// SPDX-License-Identifier: MIT
#include "replayed_reply.hpp"

#include "answer.hpp"

#include <algorithm>
#include <utility>

namespace lark::fake {

namespace {

using registration::exchange_result;
using registration::exchange_step;
using registration::oauth_error;
using registration::trace_event;
using members = std::vector<json_field>;

constexpr std::size_t most_padded = 1024 * 1024;

bool is_call(const trace_event& event) noexcept {
    return event.exchange.step == exchange_step::token || event.exchange.step == exchange_step::call;
}

void add_text(members& to, const char* name, std::string_view text) { to.push_back({name, json_string(text)}); }

void add_link(members& to, const trace_event& event, const std::string& page) {
    add_text(to, "device_code", "replay");
    add_text(to, "user_code", "REPLAY");
    add_text(to, "verification_uri_complete", page + "?user_code=REPLAY");
    to.push_back({"expires_in", std::to_string(event.lifetime.count())});
    to.push_back({"interval", std::to_string(event.interval.count())});
}

/// The fields that the calls after a registration look for.
void add_data(members& to) {
    to.push_back({"data", R"({"app":{}})"});
    to.push_back({"bot", R"({"activate_status":2,"app_name":"Replay"})"});
}

/// RFC 8628, 3.5: 5 s more, unless the service asks for more than that.
void add_slow_down(members& to, const trace_event& event, std::chrono::seconds before) {
    constexpr std::chrono::seconds step{5};
    if (before.count() == 0 || event.interval > before + step)
        to.push_back({"interval", std::to_string(event.interval.count())});
}

void add_result(members& to, const trace_event& event, std::chrono::seconds interval, const std::string& page) {
    switch (event.result) {
    case exchange_result::auth_methods: to.push_back({"supported_auth_methods", R"(["client_secret"])"}); break;
    case exchange_result::link: add_link(to, event, page); break;
    case exchange_result::slow_down: add_slow_down(to, event, interval); break;
    case exchange_result::lark_user:
        to.push_back({"user_info", R"({"tenant_brand":"lark"})"});
        if (event.exchange.error == oauth_error::slow_down) add_slow_down(to, event, interval);
        break;
    case exchange_result::credentials:
        add_text(to, "client_id", "cli_replay");
        add_text(to, "client_secret", "replay");
        break;
    case exchange_result::keyless:
        add_text(to, "client_id", "cli_replay");
        to.push_back({"auth_method", R"(["none"])"});
        break;
    case exchange_result::token:
        add_text(to, "tenant_access_token", "t-replay");
        to.push_back({"expire", "7200"});
        break;
    case exchange_result::data: add_data(to); break;
    case exchange_result::none:
    case exchange_result::pending:
    case exchange_result::nothing:
    case exchange_result::error:
    case exchange_result::platform_error:
    case exchange_result::bad_status:
    case exchange_result::no_json:
    case exchange_result::incomplete:
    case exchange_result::no_reply:
    case exchange_result::timeout: break;
    }
}

std::string body_of(const trace_event& event, std::chrono::seconds interval, const std::string& page) {
    members all;
    const auto& exchange = event.exchange;
    if (exchange.error != oauth_error::none) add_text(all, "error", to_string(exchange.error));
    const bool succeeds = event.result == exchange_result::token || event.result == exchange_result::data;
    if (exchange.code != 0 || (is_call(event) && succeeds)) all.push_back({"code", std::to_string(exchange.code)});
    add_result(all, event, interval, page);
    const bool json =
        event.result != exchange_result::no_json && (event.result != exchange_result::bad_status || !all.empty());
    auto body = json ? object(all) : std::string{};
    body.resize(std::max(body.size(), std::min(event.bytes.value_or(0), most_padded)), ' ');
    return body;
}

}  // namespace

http_result replayed_result(const trace_event& event, std::chrono::seconds interval, const std::string& page) {
    const auto& exchange = event.exchange;
    if (event.result == exchange_result::timeout) return transport_failure{transport_failure_kind::timeout, "replayed"};
    if (event.result == exchange_result::no_reply || exchange.failure)
        return transport_failure{exchange.failure.value_or(transport_failure_kind::cut), "replayed",
                                 event.on_kept_connection, exchange.http_status};
    http_response reply{
        exchange.http_status, {{"Content-Type", "application/json; charset=utf-8"}}, body_of(event, interval, page)};
    if (!exchange.request_id.empty()) reply.headers.push_back({"X-Tt-Logid", exchange.request_id.text()});
    if (event.retry_after.count() != 0)
        reply.headers.push_back({"Retry-After", std::to_string(event.retry_after.count())});
    return reply;
}

}  // namespace lark::fake
