// SPDX-License-Identifier: MIT
// The exchanges of an API client in its trace: protocol.md, section 10.
#include "scripted_client.hpp"

#include "../../support/trace_line.hpp"

#include <lark/injected/client.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace lark;
using namespace lark::open_platform;
using namespace std::chrono_literals;
using injected::client;
using injected::test::scripted_client;
using lark::testing::trace_line;

namespace {

const std::string token_path = "/open-apis/auth/v3/tenant_access_token/internal";
const std::string path = "/open-apis/contact/v3/users/ou_MARKED";
const std::string token = "t-MARKED-token";

struct fixture {
    std::shared_ptr<scripted_client> http = std::make_shared<scripted_client>();
    std::vector<registration::trace_event> events;
    client traced{
        "cli_1", secret{"MARKED-app-secret"}, http, {.on_trace = [this](const auto& e) { events.push_back(e); }}};

    static http_response reply(std::string body, int status = 200, std::string id = "log-1") {
        return {status, {{"X-Tt-Logid", std::move(id)}}, std::move(body)};
    }
    static http_response good_token() {
        return reply(R"({"code":0,"msg":"ok","tenant_access_token":")" + token + R"(","expire":7200})");
    }
    static http_response data() { return reply(R"({"code":0,"msg":"of MARKED","data":{"name":"MARKED"}})"); }

    void expect(const std::vector<std::string>& lines) {
        std::vector<std::string> got;
        for (const auto& e : events) got.push_back(trace_line(e));
        BOOST_TEST(got == lines, boost::test_tools::per_element());
        for (const auto& line : got) BOOST_TEST(line.find("MARKED") == std::string::npos, line);
    }
    void call_fails() { BOOST_CHECK_THROW(static_cast<void>(traced.request({.path = path})), api_error); }
};

const std::string at = " open.feishu.cn ";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(injected_client_trace, fixture)

BOOST_AUTO_TEST_CASE(a_token_and_a_call) {
    http->on(token_path, good_token());
    http->on(path, data());
    static_cast<void>(traced.request({.path = path}));
    expect({"token 1" + at + "200 -> token, success id log-1", "call 1" + at + "200 -> data, success id log-1"});
    BOOST_TEST((events[0].took == 0s && events[0].bytes == good_token().body.size()));
}

BOOST_AUTO_TEST_CASE(a_wrong_secret) {
    http->on(token_path,
             reply(R"({"code":10014,"msg":"app secret MARKED-app-secret invalid"})", 200, "MARKED-app-secret"));
    call_fails();
    expect({"token 1" + at + "200 10014 -> platform_error, failure (answer)"});
}

BOOST_AUTO_TEST_CASE(a_token_that_is_tried_again) {
    http->on(token_path, transport_failure{transport_failure_kind::cut, "MARKED"});
    http->on(token_path, http_response{429, {{"Retry-After", "7"}}, ""});
    http->on(token_path, http_response{500, {}, "<html>MARKED"});
    call_fails();
    expect({"token 1" + at + "cut -> no_reply, wait 1 s (backoff)",
            "token 2" + at + "429 -> bad_status, wait 7 s (retry_after)",
            "token 3" + at + "500 -> bad_status, failure (tries)"});
    BOOST_TEST((events[1].retry_after == 7s));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_refused_is_replaced_once) {
    http->on(token_path, good_token());
    http->on(path, reply(R"({"code":99991663,"msg":"MARKED"})", 400, "log-2"));
    call_fails();
    expect({"token 1" + at + "200 -> token, success id log-1",
            "call 1" + at + "400 99991663 -> platform_error, send id log-2",
            "token 2" + at + "200 -> token, success id log-1",
            "call 2" + at + "400 99991663 -> platform_error, failure (answer) id log-2"});
}

BOOST_AUTO_TEST_CASE(calls_that_fail) {
    http->on(token_path, good_token());
    http->on(path, http_response{503, {}, ""});
    http->on(path, transport_failure{transport_failure_kind::timeout, "MARKED"});
    http->on(path, reply("[]"));
    call_fails();
    http->forget(path);
    http->on(path, reply(R"({"msg":"no code"})", 200, token));
    call_fails();
    http->forget(path);
    http->on(path, http_response{302, {{"X-Request-Id", "r-1"}}, ""});
    call_fails();
    http->forget(path);
    http->on(path, reply(R"({"code":1000040351,"msg":"m"})"));
    call_fails();
    expect({"token 1" + at + "200 -> token, success id log-1", "call 1" + at + "503 -> bad_status, wait 1 s (backoff)",
            "call 2" + at + "timeout -> no_reply, wait 2 s (backoff)",
            "call 3" + at + "200 -> no_json, failure (answer) id log-1",
            "call 1" + at + "200 -> incomplete, failure (answer)",
            "call 1" + at + "302 -> bad_status, failure (answer) id r-1",
            "call 1" + at + "200 1000040351 -> platform_error, failure (answer) id log-1"});
}

BOOST_AUTO_TEST_CASE(the_handler_may_use_the_client_and_its_exception_ends_the_call) {
    http->on(token_path, good_token());
    http->on(path, data());
    client* used = nullptr;
    bool inside = false;
    int throws = 0;
    client c{"cli_1", secret{"s"}, http, {.on_trace = [&](const registration::trace_event& e) {
                 if (throws > 0 && e.exchange.step == registration::exchange_step::call)
                     throw std::runtime_error{"of the handler"};
                 if (!std::exchange(inside, true)) BOOST_TEST(used->tenant_access_token().reveal() == token);
             }}};
    used = &c;
    static_cast<void>(c.request({.path = path}));
    BOOST_TEST(inside);
    throws = 1;
    BOOST_CHECK_EXCEPTION(static_cast<void>(c.request({.path = path})), std::runtime_error,
                          [](const auto& e) { return std::string{e.what()} == "of the handler"; });
}

BOOST_AUTO_TEST_SUITE_END()
