// SPDX-License-Identifier: MIT
#include "open_platform/support.hpp"

#include <lark/invalid_option.hpp>
#include <lark/open_platform/bot_info.hpp>
#include <lark/open_platform/errors.hpp>
#include <lark/open_platform/scopes.hpp>

#include <functional>

using namespace lark;
using namespace lark::open_platform;
using namespace lark::open_platform::test;

namespace {

const api_request get{.method = "GET", .path = "/open-apis/bot/v3/info"};
const api_request post{
    .method = "POST", .path = "/open-apis/im/v1/messages", .query = {{"receive_id_type", "open_id"}}, .body = "{}"};

struct call_run : run<call_flow> {
    explicit call_run(api_request request, const client_options& options = {})
        : run{call_flow{std::move(request), options}} {}

    void give_token(std::string_view token = first_token, token_id id = token_id{1}) {
        expect<need_token>();
        BOOST_TEST((flow.handle_token(now, {waiter_id{1}, id, token, now + 1h}) == accepted::yes));
    }

    /// Hands out the request, and answers it.
    void answered(const http_result& what) {
        const auto id = expect<send_call>().request_id;
        std::visit([&](const auto& w) { answer(id, w); }, what);
    }

    const api_response& expect_response() {
        expect<finished>();
        BOOST_REQUIRE(std::holds_alternative<api_response>(*flow.result()));
        return std::get<api_response>(*flow.result());
    }

    const api_failure& expect_failure() {
        expect<finished>();
        BOOST_REQUIRE(std::holds_alternative<api_failure>(*flow.result()));
        return std::get<api_failure>(*flow.result());
    }
};

std::string complaint(const std::function<void()>& what) {
    try {
        what();
    } catch (const registration::invalid_option& error) {
        return error.what();
    }
    return "nothing wrong";
}

std::string url_of(api_request request) {
    call_run c{std::move(request)};
    c.give_token();
    return std::string{c.expect<send_call>().url};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(call)

BOOST_AUTO_TEST_CASE(a_call_gets_a_token_and_its_result) {
    call_run c{post};
    BOOST_TEST(c.flow.result() == nullptr);
    c.give_token();
    const auto sent = c.expect<send_call>();
    BOOST_TEST(sent.method == "POST");
    BOOST_TEST(sent.url == "https://open.feishu.cn/open-apis/im/v1/messages?receive_id_type=open_id");
    BOOST_TEST(sent.token == first_token);
    BOOST_TEST(sent.body == "{}");
    BOOST_TEST((sent.timeout == 15s));
    BOOST_TEST(!sent.idempotent);
    BOOST_TEST((*sent.headers == std::vector<http_header>{{"Accept", "application/json"},
                                                          {"Content-Type", "application/json; charset=utf-8"}}));
    BOOST_TEST((c.expect<wait_until>().deadline == c.now + 15s));
    c.answer(sent.request_id,
             reply(R"({"code":0,"msg":"success","data":{"message_id":"om_1"}})", 200, {{"X-Tt-Logid", "L1"}}));
    const auto& response = c.expect_response();
    BOOST_TEST((response.data["message_id"].as_string() == "om_1"));
    BOOST_TEST((response.body["code"].as_integer() == 0));
    BOOST_TEST(response.message == "success");
    BOOST_TEST(response.http_status == 200);
    BOOST_TEST(response.request_id == "L1");
}

BOOST_AUTO_TEST_CASE(a_reply_without_data_is_a_result_too) {
    call_run c{get};
    c.give_token();
    c.answered(reply(R"({"code":0,"msg":"ok"})", 200, {{"x-request-id", "R1"}}));
    BOOST_TEST(!c.expect_response().data);
    BOOST_TEST(c.expect_response().request_id == "R1");
}

BOOST_AUTO_TEST_CASE(an_api_error_never_passes_for_a_result) {
    struct row {
        http_response reply;
        api_failure_kind kind;
        std::int64_t code;
    };
    for (const auto& [answer, kind, code] : std::vector<row>{
             {refusal(230001, "invalid receive_id"), api_failure_kind::refused, 230001},
             {refusal(230001, "invalid receive_id", 400), api_failure_kind::refused, 230001},
             {refusal(-1, "negative", 200), api_failure_kind::refused, -1},
             {refusal(2200, "internal", 500), api_failure_kind::refused, 2200},
             {refusal(1000040351, "Incorrect domain name"), api_failure_kind::refused, 1000040351},
             {refusal(99991400, "limited", 400), api_failure_kind::rate_limited, 99991400},
             {refusal(99991400, "limited", 200), api_failure_kind::rate_limited, 99991400},
             {reply("", 429), api_failure_kind::rate_limited, 0},
             {reply(R"({"code":0})", 429), api_failure_kind::rate_limited, 0},
             {reply(R"({"code":0,"data":{}})", 404), api_failure_kind::bad_reply, 0},
             {reply(R"({"code":0,"data":{}})", 302), api_failure_kind::bad_reply, 0},
             {reply(R"({"code":"0","data":{}})"), api_failure_kind::bad_reply, 0},
             {reply(R"({"code":false,"data":{}})"), api_failure_kind::bad_reply, 0},
             {reply(R"({"code":null,"data":{}})"), api_failure_kind::bad_reply, 0},
             {reply(R"({"code":[0],"data":{}})"), api_failure_kind::bad_reply, 0},
             {reply(R"({"data":{"code":0}})"), api_failure_kind::bad_reply, 0},
             {reply(R"({"code":0,"code":7})"), api_failure_kind::refused, 7},
             {reply(R"([{"code":0}])"), api_failure_kind::bad_reply, 0},
             {reply(R"({"code":0)"), api_failure_kind::bad_reply, 0},
             {reply(""), api_failure_kind::bad_reply, 0},
         }) {
        call_run c{post};
        c.give_token();
        c.answered(answer);
        const auto& why = c.expect_failure();
        BOOST_TEST((why.kind == kind), answer.body);
        BOOST_TEST(why.code == code);
        BOOST_TEST(why.http_status == answer.status);
        BOOST_TEST(why.error.empty() == (code != 0));
        BOOST_CHECK_THROW(static_cast<void>(value_or_throw(*c.flow.result())), api_error);
    }
}

BOOST_AUTO_TEST_CASE(the_error_has_all_fields_of_the_reply) {
    call_run c{post};
    c.give_token();
    c.answered(refusal(99991400, "request trigger frequency limit", 429,
                       {{"X-Request-Id", "other"},
                        {"X-Tt-Logid", "20261123ABC"},
                        {"X-Ogw-Ratelimit-Reset", "1.2345"},
                        {"X-Ogw-Ratelimit-Limit", "100"}}));
    try {
        static_cast<void>(value_or_throw(*c.flow.result()));
        BOOST_FAIL("no exception");
    } catch (const api_error& error) {
        BOOST_TEST(error.code() == 99991400);
        BOOST_TEST(error.message() == "request trigger frequency limit");
        BOOST_TEST(error.http_status() == 429);
        BOOST_TEST(error.request_id() == "20261123ABC");
        BOOST_TEST((error.retry_after() == 1235ms));
        BOOST_TEST((error.failure().rate_limit == 100));
        BOOST_TEST(
            std::string{error.what()} ==
            "99991400: request trigger frequency limit (HTTP 429, request id 20261123ABC, try again in 1.235 s)");
    }
}

BOOST_AUTO_TEST_CASE(retry_after_in_every_spelling) {
    const auto retry_after = [](std::vector<http_header> headers) {
        call_run c{get};
        c.give_token();
        c.answered(reply("", 429, std::move(headers)));
        return c.expect_failure().retry_after;
    };
    BOOST_TEST((retry_after({}) == std::nullopt));
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "3"}}) == 3s));
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "0.5"}}) == 500ms));
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "0"}}) == 0s));
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "soon"}, {"Retry-After", "7"}}) == 7s));
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "-1"}}) == std::nullopt));
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "3"}, {"Retry-After", "9"}}) == 9s));  // the larger of the two
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "9.5"}, {"Retry-After", "3"}}) == 9500ms));
    BOOST_TEST((retry_after({{"x-ogw-ratelimit-reset", "99999999999999999999999"}}) == 24h * 365));
    BOOST_TEST((retry_after({{"Retry-After", "99999999999999999999999"}}) == 24h * 365));
}

BOOST_AUTO_TEST_CASE(the_headers_of_the_rate_limit_count_where_it_is_one) {
    const auto failure = [](int status, std::vector<http_header> headers) {
        call_run c{post};
        c.give_token();
        c.answered(reply("", status, std::move(headers)));
        return c.expect_failure();
    };
    // The platform sends them with every reply.
    const std::vector<http_header> both{{"x-ogw-ratelimit-reset", "40"}, {"x-ogw-ratelimit-limit", "100"}};
    BOOST_TEST((failure(429, both).retry_after == 40s));
    BOOST_TEST((failure(429, both).rate_limit == 100));
    BOOST_TEST((failure(503, both).retry_after == std::nullopt));
    BOOST_TEST((failure(503, both).rate_limit == std::nullopt));
    for (const auto* odd : {"", "-1", "+1", "1.5", "many", "99999999999999999999"})
        BOOST_TEST((failure(429, {{"x-ogw-ratelimit-limit", odd}}).rate_limit == std::nullopt), odd);

    call_run get_again{get};  // nor does it keep a GET from its second try
    get_again.give_token();
    get_again.answered(reply("", 503, both));
    get_again.expect_wait(1s);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_no_longer_good_is_replaced_once_even_for_a_post) {
    for (const auto code : {api_code::bad_tenant_token, api_code::bad_app_token})
        for (const auto& request : {get, post}) {
            call_run c{request};
            c.give_token();
            c.answered(refusal(code, "Invalid access token", 400));
            BOOST_TEST((c.expect<reject_token>().id == token_id{1}));
            c.give_token(second_token, token_id{2});
            const auto sent = c.expect<send_call>();
            BOOST_TEST(sent.token == second_token);
            BOOST_TEST(sent.method == request.method);
            BOOST_TEST(sent.body == request.body);
            c.answer(sent.request_id, reply(R"({"code":0})"));
            c.expect_response();
        }
}

BOOST_AUTO_TEST_CASE(a_second_bad_token_is_the_end_and_is_refused_for_others) {
    call_run c{post};
    c.give_token();
    c.answered(bad_token());
    c.expect<reject_token>();
    c.give_token(second_token, token_id{2});
    c.answered(bad_token());
    BOOST_TEST((c.expect<reject_token>().id == token_id{2}));
    BOOST_TEST(c.expect_failure().code == api_code::bad_tenant_token);
}

BOOST_AUTO_TEST_CASE(without_a_token_the_call_fails_as_the_fetch_did) {
    call_run c{post};
    c.expect<need_token>();
    c.expect<need_token>();  // repeated
    const api_failure why{
        .kind = api_failure_kind::refused, .code = 10014, .message = "app secret invalid", .http_status = 200};
    BOOST_TEST((c.flow.handle_no_token(c.now, why) == accepted::yes));
    BOOST_TEST((c.expect_failure() == why));
    BOOST_TEST((c.flow.handle_no_token(c.now, why) == accepted::stale));
    BOOST_TEST((c.flow.handle_token(c.now, {}) == accepted::stale));
}

BOOST_AUTO_TEST_CASE(a_get_is_tried_three_times_with_exact_waits) {
    for (const http_result& fault :
         std::vector<http_result>{cut(), transport_failure{transport_failure_kind::connect, ""},
                                  transport_failure{transport_failure_kind::timeout, ""},
                                  transport_failure{transport_failure_kind::name_temporary, ""}, reply("", 500),
                                  reply("<html>", 503), reply(R"({"code":0})", 502)}) {
        call_run c{get};
        c.give_token();
        c.answered(fault);
        c.expect_wait(1s);
        c.answered(fault);
        c.expect_wait(2s);
        c.answered(fault);
        BOOST_TEST(c.expect_failure().message.ends_with("; given up after 3 tries"));
    }
}

BOOST_AUTO_TEST_CASE(a_get_whose_second_try_succeeds) {
    call_run c{get};
    c.give_token();
    c.answered(cut());
    c.expect_wait(1s);
    c.answered(reply(R"({"code":0})"));
    c.expect_response();
}

BOOST_AUTO_TEST_CASE(the_number_of_tries_is_an_option_and_the_back_off_is_bounded) {
    call_run once{get, {.tries = 1}};
    once.give_token();
    once.answered(cut());
    BOOST_TEST(once.expect_failure().message == "connection reset by peer");

    call_run often{get, {.tries = 10}};
    often.give_token();
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s, 30s}) {
        often.answered(cut());
        often.expect_wait(wait);
    }
    often.answered(cut());
    BOOST_TEST(often.expect_failure().message.ends_with("given up after 10 tries"));
}

BOOST_AUTO_TEST_CASE(a_wait_that_the_service_asks_for_is_kept_up_to_half_a_minute) {
    call_run c{get};
    c.give_token();
    c.answered(reply("", 503, {{"Retry-After", "30"}}));
    c.expect_wait(30s);
    c.answered(reply("", 503, {{"Retry-After", "31"}}));
    BOOST_TEST((c.expect_failure().retry_after == 31s));
}

BOOST_AUTO_TEST_CASE(a_request_that_is_not_idempotent_is_never_sent_twice) {
    for (const auto* method : {"POST", "PUT", "PATCH", "DELETE"})
        for (const http_result& fault : std::vector<http_result>{
                 cut(), transport_failure{transport_failure_kind::connect, ""},
                 transport_failure{transport_failure_kind::timeout, ""}, reply("", 500),
                 reply("", 503, {{"Retry-After", "1"}}), reply("", 429), refusal(99991400, "limited", 400)}) {
            call_run c{{.method = method, .path = "/x"}};
            c.give_token();
            c.answered(fault);
            c.expect_failure();
        }
}

BOOST_AUTO_TEST_CASE(a_rate_limit_is_reported_and_not_waited_out) {
    call_run c{get};
    c.give_token();
    c.answered(reply("", 429, {{"x-ogw-ratelimit-reset", "1"}}));
    BOOST_TEST((c.expect_failure().kind == api_failure_kind::rate_limited));
}

BOOST_AUTO_TEST_CASE(permanent_failures_are_not_retried) {
    for (const auto kind :
         {transport_failure_kind::name_unknown, transport_failure_kind::certificate, transport_failure_kind::tls,
          transport_failure_kind::proxy, transport_failure_kind::protocol, transport_failure_kind::too_large}) {
        call_run c{get};
        c.give_token();
        c.answered(transport_failure{kind, "why"});
        const auto& why = c.expect_failure();
        BOOST_TEST((why.kind == api_failure_kind::no_reply));
        BOOST_TEST(why.message == "why");
    }
}

BOOST_AUTO_TEST_CASE(a_silent_service_times_out) {
    call_run c{post, {.request_timeout = 1500ms}};
    c.give_token();
    const auto sent = c.expect<send_call>();
    c.expect_wait(1500ms);
    BOOST_TEST((c.expect<abandon_request>().request_id == sent.request_id));
    BOOST_TEST(describe(c.expect_failure()) == "timeout: no reply within 1500 ms");
    BOOST_TEST((c.flow.handle_response(sent.request_id, c.now, reply(R"({"code":0})")) == accepted::stale));
    c.expect_failure();
}

BOOST_AUTO_TEST_CASE(a_jump_of_the_clock_times_out_one_request_and_sends_one) {
    call_run c{get};
    c.give_token();
    c.expect<send_call>();
    c.pass(24h);
    c.expect<abandon_request>();
    c.expect_wait(1s);
    c.expect<send_call>();
    c.expect<wait_until>();
}

BOOST_AUTO_TEST_CASE(a_reply_counts_however_late_it_comes_unless_time_was_fed) {
    call_run c{post};
    c.give_token();
    const auto sent = c.expect<send_call>();
    c.now += 1h;
    c.answer(sent.request_id, reply(R"({"code":0})"));
    c.expect_response();
}

BOOST_AUTO_TEST_CASE(cancel_ends_a_call_that_is_not_over) {
    call_run waiting{post};
    waiting.flow.cancel();
    BOOST_TEST((waiting.expect_failure().kind == api_failure_kind::aborted));
    BOOST_TEST(describe(waiting.expect_failure()) == "abort: cancelled");

    call_run out{post};
    out.give_token();
    const auto sent = out.expect<send_call>();
    out.flow.cancel();
    BOOST_TEST((out.expect<abandon_request>().request_id == sent.request_id));
    BOOST_TEST((out.flow.handle_response(sent.request_id, out.now, reply(R"({"code":0})")) == accepted::stale));
    BOOST_TEST((out.expect_failure().kind == api_failure_kind::aborted));

    call_run over{post};
    over.give_token();
    over.answered(reply(R"({"code":0})"));
    over.flow.cancel();
    over.expect_response();
}

BOOST_AUTO_TEST_CASE(an_authorization_of_the_callers_own_replaces_the_token) {
    auto request = get;
    request.headers = {{"authorization", "Bearer u-user-token"}};
    call_run c{request};
    const auto sent = c.expect<send_call>();
    BOOST_TEST(sent.token == "");
    BOOST_TEST((sent.headers->back() == http_header{"authorization", "Bearer u-user-token"}));
    c.answer(sent.request_id, refusal(api_code::bad_tenant_token, "bad: Bearer u-user-token", 400));
    BOOST_TEST(c.expect_failure().message == "bad: Bearer [redacted]");
}

BOOST_AUTO_TEST_CASE(an_authorization_of_the_callers_own_does_not_come_back_in_a_text) {
    // Quoted as it was sent, or the token alone, whatever blanks the caller left.
    for (const auto* own : {"Bearer u-user-token", "Bearer  u-user-token ", "Bearer\tu-user-token", "u-user-token"})
        for (const std::string quoted : {"u-user-token", "Bearer u-user-token"}) {
            auto request = get;
            request.headers = {{"Authorization", own}};
            call_run c{request};
            c.answered(refusal(99991668, "Invalid access token: " + quoted, 400, {{"X-Tt-Logid", quoted}}));
            BOOST_TEST(describe(c.expect_failure()).find("u-user-token") == std::string::npos);

            call_run d{request};
            d.answered(transport_failure{transport_failure_kind::tls, "sent " + quoted});
            BOOST_TEST(describe(d.expect_failure()) ==
                       "network_error: sent " + quoted.substr(0, quoted.find("u-")) + "[redacted]");
        }
}

BOOST_AUTO_TEST_CASE(tokens_do_not_come_back_in_a_text) {
    call_run c{get};
    c.give_token();
    const std::string echo = "token " + std::string{first_token};
    c.answered(refusal(7, echo, 400, {{"X-Tt-Logid", echo}}));
    BOOST_TEST(describe(c.expect_failure()) == "7: token [redacted] (HTTP 400, request id token [redacted])");

    call_run d{post};
    d.give_token();
    d.answered(transport_failure{transport_failure_kind::cut, echo});
    BOOST_TEST(d.expect_failure().message == "token [redacted]");
}

BOOST_AUTO_TEST_CASE(urls) {
    BOOST_TEST(url_of({.path = "/a"}) == "https://open.feishu.cn/a");
    BOOST_TEST(url_of({.path = "/a%2Fb/:c"}) == "https://open.feishu.cn/a%2Fb/:c");
    BOOST_TEST(url_of({.path = "/a?x=1", .query = {{"y", "2"}}}) == "https://open.feishu.cn/a?x=1&y=2");
    BOOST_TEST(url_of({.path = "/a", .query = {{"k&", "v =/你"}, {"e", ""}}}) ==
               "https://open.feishu.cn/a?k%26=v%20%3D%2F%E4%BD%A0&e=");
    BOOST_TEST(url_of({.path = "/你"}) == "https://open.feishu.cn/%E4%BD%A0");
    BOOST_TEST(url_of({.path = "//evil.example/"}) == "https://open.feishu.cn//evil.example/");
    call_run lark{get, {.domain = "HTTPS://Open.Larksuite.com:443/"}};
    lark.give_token();
    BOOST_TEST(lark.expect<send_call>().url == "https://open.larksuite.com/open-apis/bot/v3/info");
}

BOOST_AUTO_TEST_CASE(headers_of_the_caller_replace_ours) {
    call_run c{{.method = "POST",
                .path = "/a",
                .headers = {{"content-type", "text/plain"}, {"ACCEPT", "*/*"}, {"X-Mine", "1"}},
                .body = "x"}};
    c.give_token();
    BOOST_TEST((*c.expect<send_call>().headers ==
                std::vector<http_header>{{"content-type", "text/plain"}, {"ACCEPT", "*/*"}, {"X-Mine", "1"}}));
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_reported_by_name) {
    const auto text = [](api_request request) { return complaint([&] { call_flow{request}; }); };
    BOOST_TEST(text(get) == "nothing wrong");
    BOOST_TEST(text({}) == "path must begin with '/'");
    BOOST_TEST(text({.path = "https://open.feishu.cn/x"}) == "path must begin with '/'");
    BOOST_TEST(text({.path = "/a#b"}) == "path must not contain '#'");
    for (const auto* path : {"/a b", "/a\r\nHost: evil", "/a\\b", "/a\x7F"})
        BOOST_TEST(text({.path = path}) ==
                   "path must not contain spaces, control characters or backslashes; write them as %XX");
    BOOST_TEST(text({.method = "", .path = "/"}) == "method must be an HTTP method such as GET");
    BOOST_TEST(text({.method = "GET / HTTP/1.1\r\n", .path = "/"}) == "method must be an HTTP method such as GET");
    BOOST_TEST(text({.path = "/", .query = {{"a", ""}, {"", "b"}}}) == "query[1] must have a name");
    BOOST_TEST(text({.path = "/", .headers = {{"X A", "1"}}}) == "headers[0] must have a header's name");
    BOOST_TEST(text({.path = "/", .headers = {{"X", "1\r\nY: 2"}}}) ==
               "headers[0] must not contain control characters");
    BOOST_TEST(text({.path = "/", .headers = {{"X", "1"}, {"HOST", "h"}}}) ==
               "headers[1] must not be HOST, which the transport sets");
    BOOST_TEST(text({.path = "/", .headers = {{"Authorization", "a"}, {"authorization", "b"}}}) ==
               "headers must not contain more than one Authorization");
    BOOST_TEST(text({.method = "HEAD", .path = "/"}) == "method must not be HEAD, whose reply could hold no result");
    BOOST_TEST(text({.method = "", .path = ""}) ==
               "method must be an HTTP method such as GET; path must begin with '/'");
    BOOST_TEST(complaint([] { call_flow{get, {.tries = 11}}; }) == "tries must be from 1 to 10, got 11");
}

BOOST_AUTO_TEST_CASE(the_host_is_that_of_the_tenants_brand) {
    registration::app app;
    BOOST_TEST(domain_of(app) == "https://open.feishu.cn");
    app.user_info.emplace();
    BOOST_TEST(domain_of(app) == "https://open.feishu.cn");
    app.user_info->tenant_brand = "feishu";
    BOOST_TEST(domain_of(app) == "https://open.feishu.cn");
    app.user_info->tenant_brand = "lark";
    BOOST_TEST(domain_of(app) == "https://open.larksuite.com");
}

BOOST_AUTO_TEST_CASE(without_a_brand_of_the_tenant_the_issuer_decides) {
    registration::app app{.issuer = registration::brand::lark};
    BOOST_TEST(domain_of(app) == "https://open.larksuite.com");
    app.user_info.emplace();
    BOOST_TEST(domain_of(app) == "https://open.larksuite.com");
    app.user_info->tenant_brand = "";
    BOOST_TEST(domain_of(app) == "https://open.larksuite.com");
    app.user_info->tenant_brand = "feishu";
    BOOST_TEST(domain_of(app) == "https://open.feishu.cn");
}

BOOST_AUTO_TEST_CASE(bot_info_stands_beside_the_code) {
    const auto read = [](std::string body) {
        return read_bot_info({.body = *json::parse(body), .http_status = 200, .request_id = "L1"});
    };
    const auto info = std::get<bot_info>(read(
        R"({"code":0,"msg":"ok","bot":{"activate_status":2,"app_name":"Bot","avatar_url":"https://x/y","open_id":"ou_1","ip_white_list":[]}})"));
    BOOST_TEST((info == bot_info{activate_status::enabled, "Bot", "https://x/y", "ou_1"}));
    BOOST_TEST(info.enabled());
    const std::string long_text(20'000, 'x');
    const auto cut_info = std::get<bot_info>(read(R"({"bot":{"app_name":")" + long_text + R"(","avatar_url":")" +
                                                  long_text + R"(","open_id":")" + long_text + "\"}}"));
    BOOST_TEST(cut_info.app_name.size() == 1024u);
    BOOST_TEST(cut_info.avatar_url.size() == 16u * 1024);
    BOOST_TEST(cut_info.open_id.size() == 1024u);
    BOOST_TEST((std::get<bot_info>(read(R"({"bot":{}})")) == bot_info{}));
    for (const auto* number : {"-1", "7", "\"2\"", "2.5", "null"})
        BOOST_TEST(
            (std::get<bot_info>(read(R"({"bot":{"activate_status":)" + std::string{number} + "}}")).activate_status ==
             activate_status::unknown));
    for (int number = 0; number <= 6; ++number) {
        const auto status =
            std::get<bot_info>(read(R"({"bot":{"activate_status":)" + std::to_string(number) + "}}")).activate_status;
        BOOST_TEST(static_cast<int>(status) == number);
        BOOST_TEST(to_string(status) != "unknown");
        BOOST_TEST((status == activate_status::enabled) == (number == 2));
    }
    BOOST_TEST(describe(std::get<api_failure>(read(R"({"data":{"bot":{}}})"))) ==
               "invalid_response: the reply has no bot (HTTP 200, request id L1)");
}

// protocol.md, section 6.
BOOST_AUTO_TEST_CASE(granted_scopes_are_read_by_side) {
    BOOST_TEST(url_of(granted_scopes_request()) ==
               "https://open.feishu.cn/open-apis/application/v6/applications/me?lang=en_us");
    const auto read = [](const std::string& data) {
        return read_granted_scopes({.data = *json::parse(data), .http_status = 200, .request_id = "L1"});
    };
    const auto scopes = std::get<registration::addon_groups>(
        read(R"({"app":{"scopes":[{"scope":"a","token_types":["tenant"],"level":1},)"
             R"({"scope":"b","token_types":["user","tenant"]},{"scope":"c"},)"
             R"({"scope":"d","token_types":["user"]},{"scope":7},"e",null]}})"));
    BOOST_TEST((scopes == registration::addon_groups{{"a", "b", "c"}, {"b", "c", "d"}}));
    for (const auto* none : {R"({"app":{}})", R"({"app":{"scopes":null}})", R"({"app":{"scopes":"a"}})"})
        BOOST_TEST((std::get<registration::addon_groups>(read(none)) == registration::addon_groups{}));
    const std::string long_text(20'000, 'x');
    BOOST_TEST(std::get<registration::addon_groups>(read(R"({"app":{"scopes":[{"scope":")" + long_text + R"("}]}})"))
                   .tenant[0]
                   .size() == 1024u);
    BOOST_TEST(describe(std::get<api_failure>(read(R"({"application":{}})"))) ==
               "invalid_response: the reply has no app (HTTP 200, request id L1)");
}

BOOST_AUTO_TEST_CASE(missing_scopes_are_those_of_the_same_side) {
    const registration::addon_groups granted{{"a", "b"}, {"c"}};
    BOOST_TEST((missing_scopes({{"b", "c", "d", "a", "d"}, {"c", "b"}}, granted) ==
                registration::addon_groups{{"c", "d"}, {"b"}}));
    BOOST_TEST((missing_scopes({}, granted) == registration::addon_groups{}));
}

BOOST_AUTO_TEST_CASE(an_error_has_its_body) {
    call_run c{post};
    c.give_token();
    c.answered(reply(R"({"code":99992402,"msg":"field validation failed","error":{"log_id":"1",)"
                     R"("field_violations":[{"field":"receive_id","description":"required"}],)"
                     R"("permission_violations":[{"subject":"im:message","type":"action_scope_required"}],)"
                     R"("helps":[{"url":"https://open.feishu.cn/app/cli_1/auth"}]}})",
                     400));
    const auto error = c.expect_failure().body["error"];
    BOOST_TEST((error["field_violations"][0]["field"].as_string() == "receive_id"));
    BOOST_TEST((error["permission_violations"][0]["subject"].as_string() == "im:message"));
    BOOST_TEST((error["helps"][0]["url"].as_string() == "https://open.feishu.cn/app/cli_1/auth"));
    const api_error thrown{c.expect_failure()};
    BOOST_TEST(thrown.body().text() == c.expect_failure().body.text());
    BOOST_TEST(std::string{thrown.what()}.find("im:message") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_kind_of_reply_with_an_object_has_its_body) {
    for (const auto& [body, status] :
         {std::pair{R"({"code":99991400,"msg":"slow"})", 429}, {R"({"msg":"no code"})", 200}, {R"({"a":1})", 404}}) {
        call_run c{post};
        c.give_token();
        c.answered(reply(body, status));
        BOOST_TEST(c.expect_failure().body.text() == body);
    }
    for (const auto& [body, status] : {std::pair{"[1]", 404}, {"<html>", 404}, {"", 404}, {"<html>", 200}}) {
        call_run c{post};
        c.give_token();
        c.answered(reply(body, status));
        BOOST_TEST(!c.expect_failure().body);
    }
}

BOOST_AUTO_TEST_CASE(the_body_of_an_error_quotes_no_token) {
    for (const std::string token : {"t-plain-token", "t-odd\"to\\ken"}) {
        const auto quoted = json::quote(token);
        call_run c{post};
        c.give_token(token);
        c.answered(reply(R"({"code":7,"msg":"no","error":{)" + quoted + ":" + quoted + R"(,"url":"https://x/?t=)" +
                             quoted.substr(1) + "}}",
                         400));
        const auto text = c.expect_failure().body.text();
        BOOST_TEST(text.find("plain") == std::string::npos, text);
        BOOST_TEST(text.find("odd") == std::string::npos, text);
        BOOST_TEST((c.expect_failure().body["error"]["url"].as_string() == "https://x/?t=[redacted]"));
    }
    call_run c{post};  // a token that reads as a number: no JSON remains without it
    c.give_token("12345678");
    c.answered(reply(R"({"code":7,"msg":"no","error":{"token":12345678}})", 400));
    BOOST_TEST(c.expect_failure().body.text().find("12345678") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(failures_are_equal_if_their_bodies_are) {
    const auto of = [](const char* text) { return api_failure{.code = 7, .body = json::parse(text).value_or(json{})}; };
    BOOST_TEST((of("{\"a\":1}") == of("{ \"a\" : 1 }")));
    BOOST_TEST(!(of("{\"a\":1}") == of("{\"a\":2}")));
    BOOST_TEST(!(of("{\"a\":1}") == of("")));
}

BOOST_AUTO_TEST_CASE(a_reply_over_the_cap_of_the_transport_has_its_status) {
    call_run c{post};
    c.give_token();
    c.answered(
        transport_failure{.kind = transport_failure_kind::too_large, .detail = "over max_body", .http_status = 200});
    const auto& why = c.expect_failure();
    BOOST_TEST((why.kind == api_failure_kind::bad_reply));
    BOOST_TEST(why.http_status == 200);
    BOOST_TEST(describe(why) == "invalid_response: over max_body (HTTP 200)");
    call_run d{post};
    d.give_token();
    d.answered(transport_failure{.kind = transport_failure_kind::too_large, .detail = "headers"});
    BOOST_TEST((d.expect_failure().kind == api_failure_kind::no_reply));
}

BOOST_AUTO_TEST_CASE(the_text_of_an_exception_is_cut_and_without_secrets) {
    const std::string odd = "s\"cr\\t-of-the-app";
    run<token_flow> tokens{token_flow{"cli_1", secret{odd}}};
    static_cast<void>(tokens.flow.ask(tokens.now));
    tokens.answer(tokens.expect<send_token_request>().request_id, token_reply("t-kept-token"));
    tokens.expect<token_granted>();
    call_run c{post};
    c.give_token("t-token-of-call");
    c.expect<send_call>();
    const auto what = odd + " t-kept-token t-token-of-call " + json::quote(odd) + ' ';
    for (std::size_t shift = 0; shift < 80; ++shift) {
        auto text = std::string(shift, 'x');
        while (text.size() < 2000) text += what;
        const auto why = failure_of_exception(text, tokens.flow, &c.flow);
        BOOST_TEST((why.kind == api_failure_kind::no_reply));
        BOOST_TEST(why.error == "network_error");
        BOOST_TEST(why.message.size() <= 1024u);
        for (const auto* part : {"cr\\", "cr\\\\", "kept", "of-call", "of-the"})
            BOOST_TEST(why.message.find(part) == std::string::npos, why.message);
    }
    BOOST_TEST(failure_of_exception("boom", tokens.flow, &c.flow).message == "boom");
}

BOOST_AUTO_TEST_SUITE_END()
