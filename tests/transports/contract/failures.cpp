// SPDX-License-Identifier: MIT
#include "stage.hpp"

#include <boost/test/unit_test.hpp>

// Failures of the service and of the network (protocol.md, sections 2 and 3).
namespace lark::contract {

namespace {

using namespace std::chrono_literals;
using events = std::vector<std::string>;
using kind = transport_failure_kind;
using fake::action;

/// So little that a step which fails is not tried again: the first back-off is a second.
const registration::options one_try{.start_budget = 1s};

void check_events(const run_result& result, const events& expected) {
    BOOST_TEST(result.events == expected, boost::test_tools::per_element());
}

http_response reply(int status, std::vector<http_header> headers, std::string body) {
    return {status, std::move(headers), std::move(body)};
}

transport_failure failure(kind k) { return {k, "on purpose"}; }

void unavailable_at_start(stage& on) {
    on.add_fault({.on = action::init, .instead = reply(503, {}, "busy")});
    const auto start = on.now();
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"retrying", "qr"});
    BOOST_TEST(on.counters().feishu.init == 2u);
    BOOST_TEST((on.now() - start >= 1s));
}

void unavailable_while_polling(stage& on) {
    on.add_fault({.on = action::poll, .instead = reply(503, {}, "<html>busy</html>")});
    const auto result = on.run({.on_status_change = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr", "retrying"});
    BOOST_TEST(on.counters().feishu.poll == 2u);
}

void too_many_requests(stage& on) {
    on.add_fault({.on = action::begin, .instead = reply(429, {{"Retry-After", "2"}}, "{}")});
    const auto start = on.now();
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"retrying", "qr"});
    BOOST_TEST((on.now() - start >= 2s));
    BOOST_TEST(on.counters().feishu.begin == 2u);
}

void too_many_requests_for_too_long(stage& on) {
    on.add_fault({.on = action::init, .instead = reply(429, {{"retry-after", "3600"}}, "")});
    const auto result = on.run();
    BOOST_TEST(result.code() == "http_error");
    BOOST_TEST(on.counters().total() == 1u);
}

void redirect_is_not_followed(stage& on) {
    on.add_fault({.on = action::init, .instead = reply(302, {{"Location", "/oauth/v1/app/registration"}}, "")});
    std::stop_source stop;
    // A transport that follows it gets as far as the link.
    const auto result = on.run({.on_qr_code = [&](const auto&) { stop.request_stop(); }}, {}, stop.get_token());
    BOOST_TEST(result.code() == "http_error");
    BOOST_TEST(on.counters().total() == 1u);
}

void error_decides_below_500(stage& on) {
    on.add_fault(
        {.on = action::begin, .instead = reply(403, {}, R"({"error":"quota","error_description":"no more apps"})")});
    const auto result = on.run();
    BOOST_TEST(result.code() == "quota");
    BOOST_TEST(result.failure->description == "no more apps");
    BOOST_TEST(on.counters().feishu.begin == 1u);
}

void no_json_at_start(stage& on) {
    for (const char* body :
         {"", "null", "[]", "{\"supported_auth_methods\":[\"client_secret\"]", "<html></html>", "{\"a\":07}"}) {
        on.add_fault({.on = action::init, .instead = reply(200, {}, body)});
        const auto result = on.run();
        BOOST_TEST(result.code() == "invalid_response", body);
    }
    BOOST_TEST(on.counters().feishu.begin == 0u);
}

void no_json_while_polling(stage& on) {
    on.add_fault({.on = action::poll, .instead = reply(200, {{"Content-Type", "text/html"}}, "<html></html>")});
    const auto result = on.run({.on_status_change = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr", "retrying"});
}

void silence(stage& on) {
    on.add_fault({.on = action::init, .replies = 9, .instead = failure(kind::timeout)});
    const auto start = on.now();
    const auto result = on.run({}, {.request_timeout = 2s, .start_budget = 2500ms});
    BOOST_TEST(result.code() == "timeout");
    BOOST_TEST((on.now() - start >= 2s));
    BOOST_TEST(on.counters().total() == 1u);
}

void late_reply_is_read(stage& on) {
    on.add_fault({.on = action::begin, .delay = 100ms});
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr"});
}

void cut_reply(stage& on) {
    on.add_fault({.on = action::init, .replies = 9, .instead = failure(kind::cut)});
    const auto result = on.run({}, one_try);
    BOOST_TEST(result.code() == "network_error");
}

void cut_reply_is_tried_again(stage& on) {
    on.add_fault({.on = action::poll, .instead = failure(kind::cut), .processed = true});
    const auto result = on.run({.on_status_change = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr", "retrying"});
}

void no_http(stage& on) {
    on.add_fault({.on = action::init, .replies = 9, .instead = failure(kind::protocol)});
    const auto result = on.run({}, one_try);
    BOOST_TEST(result.failure.has_value());
    BOOST_TEST(on.counters().feishu.begin == 0u);
}

void too_large(stage& on) {
    on.add_fault({.on = action::poll, .instead = failure(kind::too_large)});
    const auto result = on.run({.on_status_change = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr", "retrying"});
}

}  // namespace

void add_failures(std::vector<scenario>& all) {
    const fake::service_options quick{.interval = 1s};
    all.push_back({"unavailable_at_start", {}, unavailable_at_start});
    all.push_back({"unavailable_while_polling", quick, unavailable_while_polling});
    all.push_back({"too_many_requests", {}, too_many_requests});
    all.push_back({"too_many_requests_for_too_long", {}, too_many_requests_for_too_long});
    all.push_back({"redirect_is_not_followed", {}, redirect_is_not_followed});
    all.push_back({"error_decides_below_500", {}, error_decides_below_500});
    all.push_back({"no_json_at_start", {}, no_json_at_start});
    all.push_back({"no_json_while_polling", quick, no_json_while_polling});
    all.push_back({.name = "silence", .play = silence, .limit = 10s});
    all.push_back({"late_reply_is_read", {}, late_reply_is_read});
    all.push_back({"cut_reply", {}, cut_reply});
    all.push_back({"cut_reply_is_tried_again", quick, cut_reply_is_tried_again});
    all.push_back({"no_http", {}, no_http});
    all.push_back({"too_large", quick, too_large});
}

}  // namespace lark::contract
