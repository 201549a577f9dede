// SPDX-License-Identifier: MIT
// One token for all calls.
#include "fixture.hpp"

#include <stdexcept>

using namespace lark;
using namespace lark::test;

BOOST_FIXTURE_TEST_SUITE(async_client_token, async_world)

BOOST_AUTO_TEST_CASE(calls_that_wait_share_one) {
    for (const auto* name : {"a", "b", "c"}) get(name);
    client->tenant_access_token(note("token"));
    turn();
    get("d");
    turn();
    BOOST_TEST(loop.out.size() == 1u);
    answer_token();
    BOOST_TEST(take_calls() == "token: ok");
    BOOST_TEST(loop.out.size() == 4u);
    BOOST_TEST(token_requests() == 1u);
    for (const auto& [id, request] : loop.out) BOOST_TEST(authorization(request) == "Bearer t-1");
}

BOOST_AUTO_TEST_CASE(one_that_is_refused_is_replaced_once_for_all) {
    fetch_token();
    get("a");
    post("b");
    get("c");
    turn();
    answer("/a", bad_token_reply());
    BOOST_TEST(token_requests() == 2u);
    answer("/b", bad_token_reply());
    BOOST_TEST(token_requests() == 2u);
    answer_token(token_reply("t-2"));
    BOOST_TEST(authorization(loop.out.at(out_to("/a"))) == "Bearer t-2");
    BOOST_TEST(authorization(loop.out.at(out_to("/b"))) == "Bearer t-2");
    answer("/a", data_reply());
    answer("/b", bad_token_reply());  // again
    answer("/c", bad_token_reply());  // of the old one, late: it has been replaced, and then refused
    BOOST_TEST(take_calls() == "a: ok, b: refused 99991663");
    answer_token(token_reply("t-3"));
    answer("/c", data_reply());
    BOOST_TEST(take_calls() == "c: ok");
    BOOST_TEST(token_requests() == 3u);
}

BOOST_AUTO_TEST_CASE(a_refresh_delays_one_call) {
    fetch_token(token_reply("t-1", 7200));
    loop.clock += 7200s - 300s;  // in its last ten minutes
    get("a");
    get("b");
    turn();
    BOOST_TEST(loop.out.size() == 2u);
    BOOST_TEST((loop.out.at(out_to("/internal")).timeout == 5s));
    BOOST_TEST(authorization(loop.out.at(out_to("/b"))) == "Bearer t-1");
    answer_token(token_reply("t-2"));
    BOOST_TEST(authorization(loop.out.at(out_to("/a"))) == "Bearer t-2");
}

BOOST_AUTO_TEST_CASE(a_token_that_has_expired_is_fetched_before_the_call) {
    fetch_token(token_reply("t-1", 60));
    loop.clock += 61s;
    get("a");
    turn();
    BOOST_TEST(loop.out.size() == 1u);
    answer_token(token_reply("t-2"));
    BOOST_TEST(authorization(loop.last().request) == "Bearer t-2");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_for_all_that_wait_and_for_them_alone) {
    get("a");
    client->tenant_access_token(note("token"));
    turn();
    answer_token(reply(200, R"({"code":10014,"msg":"app secret invalid"})"));
    BOOST_TEST(take_calls() == "a: refused 10014, token: refused 10014");
    BOOST_TEST(client->empty());
    BOOST_TEST(!loop.timer);
    get("b");
    turn();
    answer_token();
    answer("/b", data_reply());
    BOOST_TEST(take_calls() == "b: ok");
}

BOOST_AUTO_TEST_CASE(a_fetch_is_tried_again_and_given_up) {
    get("a");
    turn();
    answer_token(cut);
    loop.run_for(1s);
    answer_token(cut);
    BOOST_TEST(loop.out.empty());
    loop.run_for(2s);
    answer_token(cut);
    BOOST_TEST(take_calls() == "a: no_reply network_error");
    BOOST_TEST(!loop.timer);
}

BOOST_AUTO_TEST_CASE(a_fetch_has_a_timeout) {
    make({.request_timeout = 3s});
    get("a");
    turn();
    const auto first = out_to("/internal");
    loop.run_for(3s);
    BOOST_TEST((loop.abandoned == std::vector{first}));
    BOOST_TEST(!loop.answer(first, token_reply()), "a late answer is taken");
    loop.run_for(1s);
    answer_token();
    BOOST_TEST(take_calls().empty());
    answer("/a", data_reply());
    BOOST_TEST(take_calls() == "a: ok");
}

BOOST_AUTO_TEST_CASE(an_assertion_in_place_of_the_secret) {
    std::vector<std::string> audiences;
    make({.credentials_provider = [&](std::string_view audience) {
        audiences.emplace_back(audience);
        return secret{"jwt-" + std::to_string(audiences.size())};
    }});
    get("a");
    get("b");
    turn();
    BOOST_TEST(audiences == std::vector<std::string>{"accounts.feishu.cn"}, boost::test_tools::per_element());
    BOOST_REQUIRE(loop.out.size() == 1u);
    BOOST_TEST(loop.last().request.body.find("jwt-1") != std::string::npos);
    loop.answer(loop.last().id, cut);
    loop.run_for(1s);
    BOOST_TEST(loop.last().request.body.find("jwt-2") != std::string::npos, "each request has its own");
    loop.answer(loop.last().id, reply(200, R"({"access_token":"t-9","token_type":"Bearer","expires_in":7200})"));
    BOOST_TEST(loop.out.size() == 2u);
    BOOST_TEST(authorization(loop.last().request) == "Bearer t-9");
}

BOOST_AUTO_TEST_CASE(no_assertion) {
    bool empty = true;
    make({.credentials_provider = [&](std::string_view) -> secret {
        if (empty) return {};
        throw std::runtime_error{"no key"};
    }});
    get("a");
    turn();
    BOOST_TEST(take_calls() == "a: refused 7101");
    empty = false;
    get("b");
    turn();
    BOOST_TEST(take_calls() == "b: refused 7102");
    BOOST_TEST(failures.back().message.find("no key") != std::string::npos);
    BOOST_TEST(loop.log.empty());
}

BOOST_AUTO_TEST_SUITE_END()
