// SPDX-License-Identifier: MIT
// Calls over an event loop: what is sent when, and what comes of it.
#include "fixture.hpp"

#include "../../support/trace_line.hpp"

#include <lark/invalid_option.hpp>

using namespace lark;
using namespace lark::test;

BOOST_FIXTURE_TEST_SUITE(async_client_calls, async_world)

BOOST_AUTO_TEST_CASE(a_call_fetches_a_token_and_sends_it) {
    std::optional<api_result> result;
    client->request(
        {.method = "POST", .path = "/open-apis/x", .query = {{"a", "b c"}}, .headers = {{"H", "v"}}, .body = "{}"},
        [&](const api_result& r) { result = r; });
    BOOST_TEST(loop.log.empty(), "a request starts within `request`");
    BOOST_TEST((*loop.timer == loop.clock));
    turn();
    BOOST_REQUIRE(loop.out.size() == 1u);
    const auto& fetch = loop.last().request;
    BOOST_TEST(fetch.method == "POST");
    BOOST_TEST(fetch.url == "https://open.feishu.cn/open-apis/auth/v3/tenant_access_token/internal");
    BOOST_TEST(fetch.body == "{\"app_id\":\"cli_1\",\"app_secret\":" + json::quote(secret_text) + "}");
    BOOST_TEST((fetch.timeout == 15s));
    BOOST_TEST(answer_token(token_reply("t-7")));
    BOOST_REQUIRE(loop.out.size() == 1u);
    const auto& sent = loop.last().request;
    BOOST_TEST(sent.method == "POST");
    BOOST_TEST(sent.url == "https://open.feishu.cn/open-apis/x?a=b%20c");
    BOOST_TEST(sent.body == "{}");
    BOOST_TEST(authorization(sent) == "Bearer t-7");
    BOOST_TEST(find_header(sent.headers, "h").value_or("") == "v");
    BOOST_TEST(client->size() == 1u);
    BOOST_TEST(!result);
    BOOST_TEST(loop.answer(loop.last().id, data_reply(R"({"message_id":"om_1"})")));
    BOOST_REQUIRE(result);
    BOOST_TEST((std::get<api_response>(*result).data["message_id"].as_string() == "om_1"));
    BOOST_TEST(client->empty());
    BOOST_TEST(!loop.timer);
}

BOOST_AUTO_TEST_CASE(the_next_call_has_its_token) {
    fetch_token();
    get("a");
    turn();
    BOOST_TEST(authorization(loop.last().request) == "Bearer t-1");
    answer("/a", data_reply());
    BOOST_TEST(take_calls() == "a: ok");
    BOOST_TEST(token_requests() == 1u);
}

BOOST_AUTO_TEST_CASE(bot_info_scopes_and_the_token) {
    std::string name;
    std::vector<std::string> scopes;
    std::string token;
    client->bot_info([&](const auto& info) { name = std::get<bot_info>(info).app_name; });
    client->granted_scopes([&](const auto& s) {
        const auto& names = std::get<registration::addon_groups>(s).tenant;
        scopes.assign(names.begin(), names.end());
    });
    client->tenant_access_token([&](const auto& t) { token = std::get<secret>(t).reveal(); });
    turn();
    answer_token();
    BOOST_TEST(token == "t-1");
    answer(bot_path, reply(200, R"({"code":0,"msg":"ok","bot":{"activate_status":2,"app_name":"Bot"}})"));
    BOOST_TEST(name == "Bot");
    const auto scopes_request = loop.out.begin()->first;
    loop.answer(scopes_request, data_reply(R"({"app":{"scopes":[{"scope":"im:message","token_types":["tenant"]}]}})"));
    BOOST_TEST(scopes == std::vector<std::string>{"im:message"}, boost::test_tools::per_element());
    BOOST_TEST(client->empty());
}

BOOST_AUTO_TEST_CASE(replies_that_are_none_of_the_expected_are_failures) {
    fetch_token();
    client->bot_info(note("bot"));
    client->granted_scopes(note("scopes"));
    turn();
    answer(bot_path, data_reply());
    loop.answer(loop.out.begin()->first, data_reply());
    BOOST_TEST(take_calls() == "bot: bad_reply invalid_response, scopes: bad_reply invalid_response");
    client->bot_info(note("bot"));
    client->granted_scopes(note("scopes"));
    client->tenant_access_token(note("token"));
    turn();
    BOOST_TEST(take_calls() == "token: ok");
    answer(bot_path, reply(400, R"({"code":7})"));
    loop.answer(loop.out.begin()->first, reply(400, R"({"code":7})"));
    BOOST_TEST(take_calls() == "bot: refused 7, scopes: refused 7");
}

BOOST_AUTO_TEST_CASE(an_authorization_of_the_callers_needs_no_token) {
    client->request({.path = "/get/a", .headers = {{"Authorization", "Bearer u-1"}}}, note("a"));
    turn();
    BOOST_REQUIRE(loop.log.size() == 1u);
    BOOST_TEST(authorization(loop.last().request) == "Bearer u-1");
    answer("/a", bad_token_reply());
    BOOST_TEST(take_calls() == "a: refused 99991663");
    BOOST_TEST(token_requests() == 0u);
}

BOOST_AUTO_TEST_CASE(a_get_is_sent_again_after_a_second_and_a_post_is_not) {
    fetch_token();
    get("a");
    post("b");
    turn();
    answer("/a", cut);
    answer("/b", cut);
    BOOST_TEST(take_calls() == "b: no_reply network_error");
    BOOST_TEST((*loop.timer == loop.clock + 1s));
    loop.run_for(1s - 1ns);
    BOOST_TEST(loop.out.empty());
    loop.run_for(1ns);
    answer("/a", reply(503, ""));
    loop.run_for(2s);
    answer("/a", data_reply());
    BOOST_TEST(take_calls() == "a: ok");
}

BOOST_AUTO_TEST_CASE(a_rate_limit_is_reported_with_its_wait) {
    fetch_token();
    get("a");
    turn();
    answer("/a", {http_response{429, {{"x-ogw-ratelimit-reset", "3"}}, R"({"code":99991400,"msg":"slow"})"}});
    BOOST_TEST(take_calls() == "a: rate_limited 99991400");
    BOOST_TEST((failures.back().retry_after == 3s));
}

BOOST_AUTO_TEST_CASE(a_timeout_is_the_clients_own) {
    make({.request_timeout = 2s, .tries = 2});
    fetch_token();
    get("a");
    post("b");
    turn();
    const auto first = out_to("/a");
    loop.run_for(2s - 1ns);
    BOOST_TEST(take_calls().empty());
    BOOST_TEST(loop.abandoned.empty());
    loop.run_for(1ns);
    BOOST_TEST(take_calls() == "b: no_reply timeout");
    BOOST_TEST(loop.abandoned.size() == 2u);
    BOOST_TEST(!loop.answer(first, data_reply()), "a late answer is taken");
    loop.run_for(1s);
    BOOST_TEST(loop.out.size() == 1u);
    loop.run_for(2s);
    BOOST_TEST(take_calls() == "a: no_reply timeout");
    BOOST_TEST(!loop.timer);
}

BOOST_AUTO_TEST_CASE(a_timer_that_is_early_or_spurious_ends_nothing) {
    make({.request_timeout = 2s});
    fetch_token();
    post("a");
    turn();
    loop.timer_expired();
    loop.clock += 2s - 500us;
    loop.timer.reset();
    loop.timer_expired();
    BOOST_TEST(take_calls().empty());
    BOOST_TEST((*loop.timer == loop.clock + 500us + 1ms));
    loop.fire();
    BOOST_TEST(take_calls() == "a: no_reply timeout");
}

BOOST_AUTO_TEST_CASE(a_call_starts_32_requests_and_returns_to_the_loop) {
    fetch_token();
    for (int i = 0; i < 100; ++i) post(std::to_string(i));
    std::vector<std::size_t> started;
    loop.fire();
    BOOST_TEST(loop.out.size() == 32u);
    BOOST_TEST((*loop.timer == loop.clock));
    loop.clock += 1h;  // those that wait have no timeout yet
    loop.fire();
    BOOST_TEST(loop.out.size() == 32u);
    BOOST_TEST(words.size() == 32u);
    turn();
    BOOST_TEST(loop.log.size() == 101u);
    words.clear();
    while (!loop.out.empty()) loop.answer(loop.out.begin()->first, data_reply());
    BOOST_TEST(words.size() == 68u);
    BOOST_TEST(client->empty());
}

BOOST_AUTO_TEST_CASE(a_call_waits_for_room_at_its_host_without_a_timeout) {
    const std::string origin = "https://open.feishu.cn";
    loop.full = {origin};
    const auto a = post("a");
    post("b");
    turn();
    BOOST_TEST(loop.out.empty());
    BOOST_TEST(loop.asked == 1u, "after a refusal it is not asked again");
    BOOST_TEST(!loop.timer, "there is nothing to wait for but room");
    loop.clock += 1h;
    client->tenant_access_token(note("token"));
    turn();
    BOOST_TEST(loop.asked == 1u);
    loop.make_room(origin);
    BOOST_TEST(loop.out.size() == 1u);
    loop.full = {origin};
    answer_token();
    BOOST_TEST(take_calls() == "token: ok");
    BOOST_TEST(loop.out.empty());
    BOOST_TEST(!loop.timer);
    loop.clock += 1h;
    BOOST_TEST(client->cancel(a));
    BOOST_TEST(take_calls() == "a: aborted");
    loop.make_room("https://elsewhere.example");  // it is asked again, and refuses again
    BOOST_TEST(loop.out.empty());
    loop.make_room(origin);
    BOOST_TEST((loop.out.at(out_to("/b")).timeout == 15s));
    loop.full = {origin};
    post("c");
    turn();
    loop.run_for(15s);
    BOOST_TEST(take_calls() == "b: no_reply timeout", "the timer runs for what is in flight");
    loop.make_room(origin);
    answer("/c", data_reply());
    BOOST_TEST(take_calls() == "c: ok");
    loop.make_room(origin);  // without a refusal before
    BOOST_TEST(client->empty());
}

BOOST_AUTO_TEST_CASE(the_room_for_a_token_is_that_at_its_host) {
    make({.credentials_provider = [](std::string_view) { return secret{"jwt"}; }});
    loop.full = {"https://accounts.feishu.cn"};
    get("a");
    turn();
    BOOST_TEST(loop.out.empty());
    loop.make_room("https://accounts.feishu.cn");
    BOOST_TEST(loop.out.size() == 1u);
    BOOST_TEST(loop.last().request.url.starts_with("https://accounts.feishu.cn/"));
}

BOOST_AUTO_TEST_CASE(an_answer_from_within_start_request_counts) {
    loop.on_start = [&](injected::request_handle id, const http_request& request) {
        BOOST_TEST(loop.answer(id, fetches_token(request) ? token_reply() : data_reply()));
    };
    get("a");
    turn();
    BOOST_TEST(take_calls() == "a: ok");
    BOOST_TEST(!loop.timer);
}

BOOST_AUTO_TEST_CASE(calls_from_callbacks) {
    client->tenant_access_token([&](const auto&) {
        words.emplace_back("token");
        get("a");
        client->tenant_access_token(note("again"));
    });
    turn();
    answer_token();
    turn();
    BOOST_TEST(take_calls() == "token, again: ok");
    answer("/a", data_reply());
    BOOST_TEST(take_calls() == "a: ok");
}

BOOST_AUTO_TEST_CASE(mistakes_of_the_caller_add_nothing) {
    const auto option = [](auto&& f) -> std::string {
        try {
            f();
        } catch (const registration::invalid_option& e) {
            return e.option();
        }
        return "none";
    };
    BOOST_TEST(option([&] { client->request({.path = "no slash"}, note("a")); }) == "path");
    BOOST_TEST(option([&] { client->request({.path = "/a"}, {}); }) == "done");
    BOOST_TEST(option([&] { client->bot_info({}); }) == "done");
    BOOST_TEST(option([&] { client->granted_scopes({}); }) == "done");
    BOOST_TEST(option([&] { client->tenant_access_token({}); }) == "done");
    BOOST_TEST(client->empty());
    BOOST_TEST(!loop.timer);
    client.reset();
    BOOST_TEST(option([&] { make({.tries = 0}); }) == "tries");
    BOOST_TEST(option([&] { async_client{loop, "", secret{"s"}}; }) == "app_id");
    make();
    BOOST_CHECK_THROW((async_client{loop, "cli_2", secret{"s"}}), std::logic_error);
    get("a");  // the client that is attached is so still
    turn();
    BOOST_TEST(answer_token());
}

BOOST_AUTO_TEST_CASE(the_host_is_that_of_the_brand_unless_one_is_named) {
    const registration::app app{
        .client_id = "cli_9", .client_secret = secret{"s"}, .user_info = registration::user_info{"ou_1", "lark"}};
    for (const bool named : {false, true}) {
        client.reset();
        loop.log.clear();
        client_options options;
        if (named) options.domain = "https://open.example";
        client = std::make_unique<async_client>(loop, app, options);
        get("a");
        turn();
        BOOST_TEST(
            loop.last().request.url.starts_with(named ? "https://open.example/" : "https://open.larksuite.com/"));
    }
}

BOOST_AUTO_TEST_CASE(a_trace_of_every_exchange) {
    std::vector<std::string> lines;
    std::vector<duration> took;
    make({.request_timeout = 2s, .tries = 2, .on_trace = [&](const registration::trace_event& e) {
              lines.push_back(testing::trace_line(e));
              took.push_back(e.took.value());
          }});
    get("a");
    turn();
    loop.clock += 30ms;
    answer_token(cut);
    loop.run_for(1s);
    loop.clock += 20ms;
    answer_token();
    loop.run_for(2s);
    loop.run_for(1s);
    loop.clock += 10ms;
    answer("/a", data_reply());
    BOOST_TEST(take_calls() == "a: ok");
    const std::string at = " open.feishu.cn ";
    const std::vector<std::string> expected{
        "token 1" + at + "cut -> no_reply, wait 1 s (backoff)", "token 2" + at + "200 -> token, success",
        "call 1" + at + "timeout -> timeout, wait 1 s (backoff)", "call 2" + at + "200 -> data, success"};
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
    BOOST_TEST((took == std::vector<duration>{30ms, 20ms, 2s, 10ms}));
}

BOOST_AUTO_TEST_SUITE_END()
