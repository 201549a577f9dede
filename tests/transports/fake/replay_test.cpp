// SPDX-License-Identifier: MIT
#include <lark/fake/event_loop.hpp>
#include <lark/fake/http_client.hpp>
#include <lark/fake/replay.hpp>
#include <lark/injected/client.hpp>
#include <lark/injected/register_app.hpp>
#include <lark/registration/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

// Traces as a user would send them. That a recorded trace comes out again is tested with the contract suite.
namespace {

using namespace std::chrono_literals;
using lark::fake::host_role;
using lark::fake::replay;
using lark::registration::trace_error;

const std::string heading = R"({"v":1,"program":"lark-register","version":"0.1.0"})"
                            "\n";

std::string event(const std::string& step, int number, const std::string& rest,
                  const std::string& host = "accounts.feishu.cn") {
    return R"({"step":")" + step + R"(","number":)" + std::to_string(number) + R"(,"host":")" + host + "\"," + rest +
           "}\n";
}

const std::string start = event("init", 1, R"("http_status":200,"result":"auth_methods","took_ns":40000000)") +
                          event("begin", 1, R"("http_status":200,"result":"link","interval":5,"lifetime":600)");
const std::string pending =
    R"("http_status":400,"error":"authorization_pending","code":20094,"request_id":"L-7","result":"pending")";

std::string complaint(const std::string& trace) {
    try {
        static_cast<void>(replay(trace));
    } catch (const trace_error& error) {
        return error.what();
    }
    return "nothing wrong";
}

/// A registration against a trace, and its callbacks.
struct played {
    explicit played(const std::string& trace, lark::registration::options options = {}) : service(heading + trace) {
        lark::fake::http_client client{service};
        const auto began = client.now();
        try {
            app = lark::injected::register_app({.on_qr_code = [](const auto&) {},
                                                .on_status_change =
                                                    [&](const lark::registration::status_change& s) {
                                                        std::ostringstream text;
                                                        text << s.status;
                                                        if (!s.reason.empty()) text << ": " << s.reason;
                                                        statuses.push_back(text.str());
                                                    }},
                                               std::move(options), client);
        } catch (const lark::register_app_error& e) {
            failure = e.failure();
        }
        took = client.now() - began;
    }

    replay service;
    std::optional<lark::registration::app> app{};
    std::optional<lark::registration::failure> failure{};
    std::vector<std::string> statuses{};
    lark::duration took{};
};

lark::http_request post_form(const std::string& body) {
    return {.url = "https://accounts.feishu.cn/oauth/v1/app/registration",
            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
            .body = body};
}

std::string body_of(const lark::fake::service_reply& reply) { return std::get<lark::http_response>(reply.result).body; }

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_replay)

BOOST_AUTO_TEST_CASE(a_trace_is_played_with_its_times) {
    const played p{start + event("poll", 1, pending + R"(,"took_ns":84000001)") +
                   event("poll", 2, R"("failure":"cut","result":"no_reply","took_ns":3000000000)") +
                   event("poll", 3, R"("http_status":502,"result":"bad_status")") +
                   event("poll", 4, R"("http_status":400,"error":"slow_down","interval":15,"result":"slow_down")") +
                   event("poll", 5, R"("http_status":200,"result":"lark_user")") +
                   event("poll", 1, R"("http_status":200,"result":"credentials")", "accounts.larksuite.com")};
    BOOST_REQUIRE(p.app.has_value());
    BOOST_TEST(p.app->client_id == "cli_replay");
    BOOST_TEST(p.service.finished());
    BOOST_TEST(p.service.mismatch() == "");
    // init, poll 1 and its interval, poll 2 and the back-offs of two failures, slow_down, and the switch at once
    BOOST_TEST((p.took == 40ms + 84ms + 1ns + 5s + 3s + 10s + 20s + 15s));
    BOOST_TEST(p.statuses.size() == 5u);
    BOOST_TEST(p.statuses.back() == "domain_switched");
}

BOOST_AUTO_TEST_CASE(ends_of_a_trace_are_those_of_the_registration) {
    const auto code_of = [](const std::string& poll) {
        const played p{start + event("poll", 1, poll)};
        return p.failure ? p.failure->code : "an app";
    };
    BOOST_TEST(code_of(R"("http_status":400,"error":"access_denied","result":"error")") == "access_denied");
    BOOST_TEST(code_of(R"("http_status":400,"error":"expired_token","result":"error")") == "expired_token");
    BOOST_TEST(code_of(R"("http_status":400,"error":"other","result":"error")") == "other");
    BOOST_TEST(code_of(R"("http_status":200,"result":"keyless")") == "unsupported_auth_method");
    const auto start_with = [](const std::string& init) { return played{event("init", 1, init)}.failure->code; };
    BOOST_TEST(start_with(R"("http_status":403,"code":20001,"result":"platform_error")") == "http_error");
    BOOST_TEST(start_with(R"("http_status":200,"result":"no_json","bytes":7)") == "invalid_response");
    BOOST_TEST(start_with(R"("http_status":200,"result":"incomplete")") == "unsupported_auth_method");
    BOOST_TEST(start_with(R"("failure":"name_unknown","result":"no_reply")") == "network_error");
    BOOST_TEST(start_with(R"("failure":"certificate","result":"no_reply")") == "certificate_error");
}

BOOST_AUTO_TEST_CASE(silence_lasts_as_long_as_the_client_waits) {
    const played p{start + event("poll", 1, R"("failure":"timeout","result":"no_reply","took_ns":1)") +
                       event("poll", 2, R"("result":"timeout")") +
                       event("poll", 3, R"("http_status":200,"result":"credentials")"),
                   {.request_timeout = 2s}};
    BOOST_TEST(p.app.has_value());
    BOOST_TEST((p.took == 40ms + 2s + 10s + 2s + 20s));
}

BOOST_AUTO_TEST_CASE(ids_waits_and_lengths_are_those_of_the_trace) {
    replay service{heading + event("poll", 1, pending + R"(,"retry_after":7,"bytes":200,"took_ns":5)")};
    const auto reply = service.handle(host_role::feishu, post_form("action=poll&device_code=x"), {});
    const auto& response = std::get<lark::http_response>(reply.result);
    BOOST_TEST((lark::find_header(response.headers, "X-Tt-Logid") == "L-7"));
    BOOST_TEST((lark::find_header(response.headers, "Retry-After") == "7"));
    BOOST_TEST(response.status == 400);
    BOOST_TEST(response.body.size() == 200u);
    BOOST_TEST(response.body.starts_with(R"({"error":"authorization_pending","code":20094})"));
    BOOST_TEST((reply.delay == 5ns));
    BOOST_TEST(reply.summary == "400 authorization_pending");
    // A trace cannot make the replay fill the memory.
    replay large{heading + event("poll", 1, pending + R"(,"bytes":9000000000000000000)")};
    BOOST_TEST(body_of(large.handle(host_role::feishu, post_form("action=poll&device_code=x"), {})).size() ==
               1024u * 1024);
}

BOOST_AUTO_TEST_CASE(a_request_that_the_trace_does_not_have_next_leaves_it_where_it_is) {
    replay service{heading + start + event("poll", 1, pending)};
    const auto poll = post_form("action=poll&device_code=x");
    BOOST_TEST(body_of(service.handle(host_role::feishu, poll, {})).find("invalid_request") != std::string::npos);
    BOOST_TEST(service.mismatch() == "poll at the feishu host, where the trace has init 1 at accounts.feishu.cn");
    static_cast<void>(service.handle(host_role::lark, post_form("action=init"), {}));
    static_cast<void>(service.handle(host_role::feishu, post_form("action=nothing"), {}));
    BOOST_TEST(service.answered() == 0u);
    static_cast<void>(service.handle(host_role::feishu, post_form("action=init"), {}));
    static_cast<void>(service.handle(host_role::feishu, post_form("action=begin"), {}));
    static_cast<void>(service.handle(host_role::feishu, poll, {}));
    BOOST_TEST(service.finished());
    const auto after = service.handle(host_role::feishu, poll, {});
    BOOST_TEST((std::get<lark::transport_failure>(after.result).kind == lark::transport_failure_kind::timeout));
}

BOOST_AUTO_TEST_CASE(a_trace_without_a_start_is_that_of_a_registration_that_was_carried_on) {
    const played p{event("poll", 7, R"("http_status":200,"result":"credentials")")};
    BOOST_TEST(p.app.has_value());
    BOOST_TEST(p.service.mismatch() == "");
}

BOOST_AUTO_TEST_CASE(calls_after_the_registration_are_played_too) {
    replay service{heading + event("token", 1, R"("http_status":200,"result":"token")", "open.feishu.cn") +
                   event("call", 1, R"("http_status":200,"result":"data")", "open.feishu.cn") +
                   event("call", 2, R"("http_status":400,"code":99991672,"result":"platform_error","request_id":"L-9")",
                         "open.feishu.cn")};
    lark::fake::http_client http{service};
    lark::registration::app app;
    app.client_id = "cli_1";
    app.client_secret = lark::secret{"secret"};
    lark::injected::client client{app, http};
    BOOST_TEST(client.bot_info().enabled());
    try {
        static_cast<void>(client.granted_scopes());
        BOOST_ERROR("no error");
    } catch (const lark::api_error& e) {
        BOOST_TEST(e.code() == 99991672);
        BOOST_TEST(e.request_id() == "L-9");
    }
    BOOST_TEST(service.finished());
}

BOOST_AUTO_TEST_CASE(a_bad_file_is_refused_by_the_line) {
    BOOST_TEST(complaint("") == "line 1: a trace has at least one line with an event");
    BOOST_TEST(complaint(heading) == "line 1: a trace has at least one line with an event");
    BOOST_TEST(complaint(start) == "line 1: a trace begins with a line that has \"v\":1");
    BOOST_TEST(complaint("{\"v\":2}\n" + start) == "line 1: version 2 of traces is not known");
    BOOST_TEST(complaint(heading + start + "{\"step\":\"po") == "line 4: the line must be a JSON object");
    BOOST_TEST(complaint(heading + event("poll", 0, pending)).starts_with("line 2: number must be"));
    BOOST_TEST(complaint(heading + "{\"note\":1}\r\n" + start) == "nothing wrong");
}

BOOST_AUTO_TEST_SUITE_END()
