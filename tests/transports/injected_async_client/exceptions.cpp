// SPDX-License-Identifier: MIT
// Exceptions of the loop and of callbacks: each ends what it concerns, and nothing else.
#include "fixture.hpp"

#include <stdexcept>

using namespace lark;
using namespace lark::test;

namespace {

const auto says = [](const std::string& text) { return [text](const std::exception& e) { return e.what() == text; }; };

}  // namespace

BOOST_FIXTURE_TEST_SUITE(async_client_exceptions, async_world)

BOOST_AUTO_TEST_CASE(a_request_that_is_not_started_ends_its_call) {
    fetch_token();
    loop.refuse = [](const http_request& r) { return r.url.ends_with("/a"); };
    post("a");
    post("b");
    turn();
    BOOST_TEST(take_calls() == "a: no_reply network_error");
    BOOST_TEST(failures.back().message == "the transport threw: no socket left");
    answer("/b", data_reply());
    BOOST_TEST(take_calls() == "b: ok");
    BOOST_TEST(loop.abandoned.empty());
}

BOOST_AUTO_TEST_CASE(its_text_is_without_secrets) {
    fetch_token(token_reply("t-s3cr3t-1"));
    post("a");
    loop.on_start = [](injected::request_handle, const http_request& r) {
        throw std::runtime_error{"sent " + authorization(r) + secret_text};
    };
    turn();
    BOOST_TEST(take_calls() == "a: no_reply network_error");
    BOOST_TEST(failures.back().message.find("s3cr3t") == std::string::npos, failures.back().message);
}

BOOST_AUTO_TEST_CASE(of_any_type) {
    fetch_token();
    post("a");
    loop.on_start = [](injected::request_handle, const http_request&) { throw 42; };
    turn();
    BOOST_TEST(failures.back().message == "the transport threw an exception of an unknown type");
}

BOOST_AUTO_TEST_CASE(a_fetch_that_is_not_started_ends_the_calls_that_wait_for_it) {
    loop.refuse = fetches_token;
    get("a");
    client->tenant_access_token(note("token"));
    turn();
    BOOST_TEST(take_calls() == "a: no_reply network_error, token: no_reply network_error");
    BOOST_TEST(client->empty());
    BOOST_TEST(!loop.timer);
    loop.refuse = nullptr;
    get("b");
    turn();
    answer_token();
    answer("/b", data_reply());
    BOOST_TEST(take_calls() == "b: ok");
}

BOOST_AUTO_TEST_CASE(a_refresh_that_is_not_started_does_not_end_calls_that_have_the_old_token) {
    fetch_token();
    loop.clock += 7000s;
    loop.refuse = fetches_token;
    get("a");
    get("b");
    turn();
    BOOST_TEST(take_calls() == "a: no_reply network_error");
    answer("/b", data_reply());
    BOOST_TEST(take_calls() == "b: ok");
}

BOOST_AUTO_TEST_CASE(an_answer_from_within_start_request_counts_before_its_exception) {
    loop.on_start = [&](injected::request_handle id, const http_request& r) {
        loop.answer(id, fetches_token(r) ? token_reply() : data_reply());
        throw std::runtime_error{"after the answer"};
    };
    post("a");
    turn();
    BOOST_TEST(take_calls() == "a: ok");
    BOOST_TEST(loop.abandoned.empty());
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_keeps_no_other_from_its_end) {
    client->tenant_access_token([](const auto&) { throw std::runtime_error{"first"}; });
    client->tenant_access_token([](const auto&) { throw std::runtime_error{"second"}; });
    get("a");
    turn();
    BOOST_CHECK_EXCEPTION(answer_token(), std::runtime_error, says("first"));
    BOOST_TEST(client->size() == 1u);
    answer("/a", data_reply());
    BOOST_TEST(take_calls() == "a: ok");
}

BOOST_AUTO_TEST_CASE(a_trace_handler_that_throws_ends_the_call_of_the_exchange) {
    bool throws = false;
    make({.on_trace = [&](const auto&) {
        if (throws) throw std::runtime_error{"disk full"};
    }});
    fetch_token();
    get("a");
    get("b");
    turn();
    throws = true;
    answer("/a", data_reply());
    BOOST_TEST(take_calls() == "a: no_reply network_error");
    BOOST_TEST(failures.back().message == "the transport threw: disk full");
    throws = false;
    answer("/b", data_reply());
    BOOST_TEST(take_calls() == "b: ok");
}

BOOST_AUTO_TEST_CASE(a_trace_handler_that_throws_of_a_token_ends_the_calls_that_wait_for_it) {
    bool throws = true;
    make({.on_trace = [&](const auto&) {
        if (throws) throw std::runtime_error{"disk full"};
    }});
    get("a");
    get("b");
    turn();
    answer_token();
    BOOST_TEST(take_calls() == "a: no_reply network_error, b: no_reply network_error");
    throws = false;
    get("c");
    turn();
    BOOST_TEST(authorization(loop.last().request) == "Bearer t-1", "the token is kept");
    answer("/c", data_reply());
    BOOST_TEST(take_calls() == "c: ok");
}

BOOST_AUTO_TEST_CASE(a_provider_that_throws_something_else_ends_the_calls_that_wait) {
    int calls = 0;
    make({.credentials_provider = [&](std::string_view) -> secret {
        if (++calls == 1) throw 42;
        return secret{"jwt"};
    }});
    get("a");
    turn();
    BOOST_TEST(take_calls() == "a: no_reply network_error");
    get("b");
    turn();
    BOOST_TEST(loop.out.size() == 1u);
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_timer_that_cannot_be_armed) {
    loop.timer_fails = true;
    BOOST_CHECK_EXCEPTION(get("a"), std::runtime_error, says("no timer left"));
    BOOST_TEST(client->empty(), "whatever it throws, nothing has been added");
    loop.timer_fails = false;
    get("b");
    loop.timer_fails = true;
    BOOST_CHECK_EXCEPTION(loop.fire(), std::runtime_error, says("no timer left"));
    BOOST_TEST(loop.out.size() == 1u, "the work is done");
    loop.timer_fails = false;
    answer_token();
    BOOST_REQUIRE(loop.timer.has_value());  // the next call arms it
    BOOST_TEST((*loop.timer == loop.clock + 15s));
    answer("/b", data_reply());
    BOOST_TEST(take_calls() == "b: ok");
}

BOOST_AUTO_TEST_SUITE_END()
