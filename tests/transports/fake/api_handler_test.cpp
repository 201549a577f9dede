// SPDX-License-Identifier: MIT
// Answers of a test to the API calls of its own application.
#include <lark/fake.hpp>
#include <lark/injected/client.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

using namespace lark;
using namespace lark::fake;
using namespace std::chrono_literals;

namespace {

struct fixture {
    accounts_service service{{.approve_after = 1s}};
    http_client http{service};
    registration::app app = register_app({.on_qr_code = [](const registration::qr_code&) {}}, {}, http);
    injected::client client{app, http};
};

/// The code of the platform with which a call ends; 0 if it has a result.
std::int64_t code_of(injected::client& client, open_platform::api_request request) {
    try {
        client.request(std::move(request));
        return 0;
    } catch (const api_error& e) {
        return e.failure().code;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(api_handlers)

BOOST_AUTO_TEST_CASE(a_handler_gets_the_call_and_gives_the_reply) {
    fixture w;
    w.service.on("POST", "/open-apis/calendar/v4/calendars/:calendar_id/events", [&](const api_call& call) {
        BOOST_TEST(call.app_id == w.app.client_id);
        BOOST_TEST((call.host == host_role::feishu));
        BOOST_TEST((call.now == w.http.now()));
        BOOST_TEST(call.parameter("calendar_id") == "a/b");
        BOOST_TEST(call.parameter("other") == "");
        BOOST_TEST(call.query("id_type") == "x y");
        BOOST_TEST(call.query("other") == "");
        BOOST_TEST((call.body()["summary"].as_string() == "s"));
        return api_success(R"({"event_id":"e1"})");
    });
    const auto reply = w.client.request({.method = "POST",
                                         .path = "/open-apis/calendar/v4/calendars/a%2Fb/events",
                                         .query = {{"id_type", "x y"}},
                                         .body = R"({"summary":"s"})"});
    BOOST_TEST((reply.data["event_id"].as_string() == "e1"));
    BOOST_TEST(!reply.request_id.empty());
}

BOOST_AUTO_TEST_CASE(it_is_asked_for_its_own_method_and_path_alone) {
    fixture w;
    int calls = 0;
    w.service.on("GET", "/open-apis/a/:x/c", [&](const api_call&) { return ++calls, api_success(); });
    BOOST_TEST(code_of(w.client, {.path = "/open-apis/a/b/c"}) == 0);
    for (const char* path :
         {"/open-apis/a/b", "/open-apis/a/b/c/d", "/open-apis/a//c", "/open-apis/a/b/C", "/open-apis/a"})
        BOOST_CHECK_THROW(w.client.request({.path = path}), api_error);
    BOOST_CHECK_THROW(w.client.request({.method = "POST", .path = "/open-apis/a/b/c"}), api_error);
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_later_one_takes_the_place_of_an_earlier_one_and_of_the_model) {
    fixture w;
    w.service.on("GET", "/open-apis/x", [](const api_call&) { return api_refusal(1, "one"); });
    w.service.on("GET", "/open-apis/x", [](const api_call&) { return api_refusal(2, "two", 403); });
    BOOST_TEST(code_of(w.client, {.path = "/open-apis/x"}) == 2);
    BOOST_TEST(w.client.bot_info().app_name == "Sandbox bot");
    w.service.on("GET", "/open-apis/bot/v3/info", [](const api_call&) {
        return http_response{200, {}, R"({"code":0,"msg":"ok","bot":{"app_name":"mine","activate_status":2}})"};
    });
    BOOST_TEST(w.client.bot_info().app_name == "mine");
}

BOOST_AUTO_TEST_CASE(the_model_checks_the_token_first) {
    fixture w;
    int calls = 0;
    std::string whose = "?";
    w.service.on("GET", "/open-apis/x", [&](const api_call& call) {
        whose = call.app_id;
        return ++calls, api_success();
    });
    const auto with = [&](const char* authorization) {
        return code_of(w.client, {.path = "/open-apis/x", .headers = {{"Authorization", authorization}}});
    };
    BOOST_TEST(with("Bearer t-unknown") == 99991663);
    BOOST_TEST(calls == 0);
    BOOST_TEST(with("Bearer u-of-a-user") == 0);
    BOOST_TEST(whose == "");
    BOOST_TEST(with(("Bearer " + w.client.tenant_access_token().reveal()).c_str()) == 0);
    BOOST_TEST(whose == w.app.client_id);
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(invalid_handlers_are_refused) {
    accounts_service service;
    BOOST_CHECK_THROW(service.on("GET", "/open-apis/x", {}), std::invalid_argument);
    BOOST_CHECK_THROW(service.on("GET", "/x", [](const api_call&) { return api_success(); }), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_fault_may_last_until_a_time) {
    fixture w;
    w.service.on("GET", "/open-apis/x", [](const api_call&) { return api_success(); });
    w.service.add_fault({.until = w.http.now() + 10s, .instead = http_response{503, {}, "busy"}});
    BOOST_TEST(w.service.faults_left() == 0u);
    const auto answered = [&] {
        const auto reply = w.http.send({"GET", "https://open.feishu.cn/open-apis/x", {}, "", 5s}, {});
        return std::get<http_response>(reply).status;
    };
    for (int i = 0; i < 5; ++i) BOOST_TEST(answered() == 503);
    w.http.sleep_until(w.http.now() + 9999ms, {});
    BOOST_TEST(answered() == 503);
    w.http.sleep_until(w.http.now() + 1ms, {});
    BOOST_TEST(answered() == 400);  // no token
}

BOOST_AUTO_TEST_CASE(an_outage_of_three_minutes_costs_no_registration) {
    accounts_service service{{.approve_after = 2min}};
    http_client http{service};
    http.after(1min, [&] {
        service.add_fault(
            {.until = http.now() + 3min, .instead = transport_failure{transport_failure_kind::connect, ""}});
    });
    const auto begun = http.now();
    const auto app = register_app({.on_qr_code = [](const registration::qr_code&) {}}, {}, http);
    BOOST_TEST(service.knows_app(app.client_id));
    BOOST_TEST((http.now() - begun >= 4min));
}

BOOST_AUTO_TEST_CASE(a_sandbox_gives_its_own_hosts_to_a_client) {
    sandbox at_both;
    registration::app app{.client_id = "cli_1", .client_secret = secret{"s"}};
    BOOST_TEST((at_both.client_options(app).domain == at_both.url()));
    app.issuer = registration::brand::lark;
    BOOST_TEST((at_both.client_options(app).domain == at_both.lark_url()));
    app.user_info = registration::user_info{.tenant_brand = "feishu"};
    BOOST_TEST((at_both.client_options(app).domain == at_both.url()));
}

BOOST_AUTO_TEST_SUITE_END()
