// SPDX-License-Identifier: MIT
#include <lark/fake/replay.hpp>

#include "hosts.hpp"
#include "messages.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <utility>

namespace lark::fake {

namespace {

using registration::exchange_result;
using registration::exchange_step;
using registration::oauth_error;
using registration::trace_error;
using registration::trace_event;
using members = std::vector<json_field>;

bool is_at_accounts_host(exchange_step step) noexcept {
    return step == exchange_step::init || step == exchange_step::begin || step == exchange_step::poll;
}

void check_heading(const std::string& line) {
    const auto heading = json::parse(line);
    const auto version = heading ? (*heading)["v"].as_integer() : std::nullopt;
    if (!version) throw trace_error{"a trace begins with a line that has \"v\":1"};
    if (*version != 1) throw trace_error{"version " + std::to_string(*version) + " of traces is not known"};
}

bool is_event(const std::string& line) {
    const auto object = json::parse(line);
    if (!object || object->kind() != json::type::object) throw trace_error{"the line must be a JSON object"};
    return static_cast<bool>((*object)["step"]);
}

constexpr std::size_t most_padded = 1024 * 1024;

bool is_call(const trace_event& event) noexcept {
    return event.exchange.step == exchange_step::token || event.exchange.step == exchange_step::call;
}

void add_text(members& to, const char* name, std::string_view text) { to.push_back({name, json::quote(text)}); }

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
    const bool is_json =
        event.result != exchange_result::no_json && (event.result != exchange_result::bad_status || !all.empty());
    auto body = is_json ? object(all) : std::string{};
    body.resize(std::max(body.size(), std::min(event.bytes.value_or(0), most_padded)), ' ');
    return body;
}

/// A result that reads as the event says. `interval` is the one before the event, 0 if it is not known; `page` is where
/// the link of a begin reply leads.
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

std::string summary_of(const http_result& result, const trace_event& event) {
    const auto* response = std::get_if<http_response>(&result);
    if (!response) return "failure " + std::string(to_string(std::get<transport_failure>(result).kind));
    const auto error = event.exchange.error;
    return std::to_string(response->status) + ' ' +
           std::string(error == oauth_error::none ? to_string(event.result) : to_string(error));
}

service_reply refusal() {
    return {error_answer(400, "invalid_request", "the trace does not have this request next").response,
            {},
            "400 invalid_request"};
}

service_reply no_reply() {
    return {transport_failure{transport_failure_kind::timeout, "the trace is over"}, {}, "failure timeout"};
}

}  // namespace

replay::replay(std::string_view trace) {
    for (std::size_t number = 1; !trace.empty(); ++number) {
        const auto end = std::min(trace.find('\n'), trace.size());
        auto line = trace.substr(0, end);
        trace.remove_prefix(std::min(end + 1, trace.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        try {
            const std::string text{line};
            if (number == 1) check_heading(text);
            else if (is_event(text)) events_.push_back(registration::trace_event_from_json(text));
        } catch (const trace_error& e) {
            throw trace_error{"line " + std::to_string(number) + ": " + e.what()};
        }
    }
    if (events_.empty()) throw trace_error{"line 1: a trace has at least one line with an event"};
    find_hosts();
}

replay::replay(std::vector<trace_event> events) : events_(std::move(events)) { find_hosts(); }

void replay::find_hosts() {
    for (const auto& event : events_) {
        const auto& host = event.exchange.host.text();
        if (!is_at_accounts_host(event.exchange.step)) continue;
        if (feishu_host_.empty()) feishu_host_ = host;
        else if (host != feishu_host_) lark_host_ = host;
    }
}

const std::string& replay::host_name_of(host_role role) const noexcept {
    return role == host_role::feishu ? feishu_host_ : lark_host_;
}

bool replay::has_ahead(exchange_step step) const noexcept {
    return std::any_of(events_.begin() + static_cast<std::ptrdiff_t>(answered_), events_.end(),
                       [&](const trace_event& event) { return event.exchange.step == step; });
}

service_reply replay::handle(host_role host, const http_request& request, time_point /*now*/) {
    const auto step = exchange_step_of(request);
    if (!step) return refusal();
    const bool can_be_missing = *step != exchange_step::poll && *step != exchange_step::call;
    if (can_be_missing && !has_ahead(*step)) {
        trace_event good;
        good.exchange.step = *step;
        good.exchange.http_status = 200;
        good.result = *step == exchange_step::init    ? exchange_result::auth_methods
                      : *step == exchange_step::begin ? exchange_result::link
                                                      : exchange_result::token;
        good.interval = std::chrono::seconds{5};
        good.lifetime = std::chrono::seconds{3600};
        return answer(good);
    }
    if (finished()) return no_reply();
    const auto& next = events_[answered_];
    const auto& expected = next.exchange;
    const bool other_host = is_at_accounts_host(*step) && expected.host.text() != host_name_of(host);
    if (expected.step != *step || other_host) {
        if (mismatch_.empty())
            mismatch_ = std::string(to_string(*step)) + " at the " + std::string(to_string(host)) +
                        " host, where the trace has " + std::string(to_string(expected.step)) + ' ' +
                        std::to_string(expected.number) + " at " + expected.host.text();
        return refusal();
    }
    ++answered_;
    return answer(next);
}

std::chrono::seconds replay::interval_before() const noexcept {
    return answered_ < 2 ? std::chrono::seconds{} : events_[answered_ - 2].interval;
}

service_reply replay::answer(const trace_event& event) const {
    auto result = replayed_result(event, interval_before(), page_);
    auto summary = summary_of(result, event);
    return {std::move(result), event.took.value_or(duration{}), std::move(summary)};
}

}  // namespace lark::fake
