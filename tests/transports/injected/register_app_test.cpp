// SPDX-License-Identifier: MIT
// The blocking driver over the seam: the order of requests and callbacks, and their arguments.
#include "scripted_client.hpp"

#include "registration/support/replies.hpp"

#include <lark/injected.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>

using namespace lark;
using namespace lark::injected::testing;
using namespace lark::registration::testing;
using namespace std::chrono_literals;
using registration::app;
using registration::handlers;
using registration::qr_code;
using registration::status;
using registration::status_change;
using std::string;

namespace {

using lines = std::vector<string>;

/// Handlers that write down that they were called.
handlers noting(scripted_client& client) {
    return {.on_qr_code = [&](const qr_code&) { client.log.push_back("qr_code"); },
            .on_status_change = [&](const status_change& s) { client.log.push_back(string{to_string(s.status)}); }};
}

scripted_client begun_client() {
    scripted_client client;
    client.reply(init_ok);
    client.reply(begun());
    return client;
}

void check_lines(const lines& got, const lines& wanted) {
    BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), wanted.begin(), wanted.end());
}

/// Runs into an abort, and returns the exception.
void check_abort(handlers h, scripted_client& client, std::stop_token stop) {
    BOOST_CHECK_EXCEPTION(register_app(std::move(h), {}, client, std::move(stop)), register_app_error,
                          [](const register_app_error& e) { return e.code() == "abort"; });
}

struct thrown_by_user {};

}  // namespace

BOOST_AUTO_TEST_SUITE(blocking_driver)

// Official-SDK order of things on the wire: init, begin, first poll at once.
BOOST_AUTO_TEST_CASE(order_of_things) {
    auto client = begun_client();
    client.reply(pending, 400);
    client.reply(slow_down, 400);
    client.fail(transport_failure_kind::cut, "reset");
    client.reply('{' + lark_user + '}');
    client.reply(credentials());
    const auto result = register_app(noting(client), {}, client);
    BOOST_TEST(
        (result == app{client_id, secret{client_secret},
                       registration::user_info{"ou_1", "feishu", R"({"open_id":"ou_1","tenant_brand":"feishu"})"},
                       registration::brand::lark}));
    check_lines(client.log, {"send action=init", "send action=begin", "qr_code", "send action=poll", "polling",
                             "sleep 5000", "send action=poll", "slow_down", "sleep 10000", "send action=poll",
                             "retrying", "sleep 20000", "send action=poll", "domain_switched", "send action=poll"});
}

BOOST_AUTO_TEST_CASE(requests_of_the_client) {
    auto client = begun_client();
    client.reply('{' + lark_user + '}');
    client.reply(credentials());
    static_cast<void>(register_app(noting(client), {.request_timeout = 1234ms}, client));
    BOOST_REQUIRE(client.requests.size() == 4u);
    for (const auto& r : client.requests) {
        BOOST_TEST(r.method == "POST");
        BOOST_TEST((find_header(r.headers, "content-type") == "application/x-www-form-urlencoded"));
        BOOST_TEST((r.timeout == 1234ms));
        BOOST_TEST(!r.idempotent);  // the flow repeats it, and never the transport
        BOOST_TEST(!find_header(r.headers, "authorization"));
    }
    BOOST_TEST(client.requests[0].url == "https://accounts.feishu.cn/oauth/v1/app/registration");
    BOOST_TEST(client.requests[0].body == "action=init");
    BOOST_TEST(client.requests[1].body ==
               "action=begin&archetype=PersonalAgent&auth_method=client_secret&request_user_info=open_id+tenant_brand");
    BOOST_TEST(client.requests[2].body == "action=poll&device_code=" + escaped_device_code);
    BOOST_TEST(client.requests[3].url == "https://accounts.larksuite.com/oauth/v1/app/registration");
    BOOST_TEST(client.requests[3].body == client.requests[2].body);
}

BOOST_AUTO_TEST_CASE(arguments_of_the_handlers) {
    auto client = begun_client();
    client.fail(transport_failure_kind::timeout, "slow");
    client.reply(slow_down);
    client.reply(credentials());
    std::vector<qr_code> codes;
    std::vector<status_change> changes;
    const auto before = std::chrono::system_clock::now();
    static_cast<void>(register_app({.on_qr_code = [&](const qr_code& c) { codes.push_back(c); },
                                    .on_status_change = [&](const status_change& s) { changes.push_back(s); }},
                                   {}, client));
    const auto after = std::chrono::system_clock::now();
    BOOST_REQUIRE(codes.size() == 1u);
    BOOST_TEST(codes[0].url == link_for_user);
    BOOST_TEST(codes[0].user_code == user_code);
    BOOST_TEST(codes[0].verification_uri == plain_uri);
    BOOST_TEST((codes[0].expire_in == 600s));
    BOOST_TEST((codes[0].expires_at >= before + 600s && codes[0].expires_at <= after + 600s));
    BOOST_REQUIRE(changes.size() == 2u);
    BOOST_TEST((changes[0].status == status::retrying && changes[0].interval == 10s && changes[0].reason == "slow"));
    BOOST_TEST((changes[1].status == status::slow_down && changes[1].interval == 10s && changes[1].reason.empty()));
}

BOOST_AUTO_TEST_CASE(on_status_change_is_optional) {
    auto client = begun_client();
    client.reply(pending);
    client.reply(credentials());
    BOOST_CHECK_NO_THROW(register_app({.on_qr_code = [](const qr_code&) {}}, {}, client));
}

BOOST_AUTO_TEST_CASE(wrong_options_are_reported_before_the_first_request) {
    scripted_client client;
    BOOST_CHECK_EXCEPTION(register_app({}, {}, client), registration::invalid_option,
                          [](const registration::invalid_option& e) {
                              return e.option() == "on_qr_code" && string{e.what()} == "on_qr_code is required";
                          });
    BOOST_CHECK_EXCEPTION(register_app(noting(client), {.domain = "x"}, client), registration::invalid_option,
                          [](const registration::invalid_option& e) { return e.option() == "domain"; });
    BOOST_TEST(client.log.empty());
}

BOOST_AUTO_TEST_CASE(every_end_has_its_exception) {
    const auto ends = [](const string& body, auto check) {
        auto client = begun_client();
        client.reply(body, 400);
        check(client);
    };
    ends(error_body("access_denied"),
         [](auto& c) { BOOST_CHECK_THROW(register_app(noting(c), {}, c), app_access_denied_error); });
    ends(error_body("expired_token"), [](auto& c) {
        BOOST_CHECK_EXCEPTION(register_app(noting(c), {}, c), app_expired_error,
                              [](const app_expired_error& e) { return !e.local(); });
    });
    ends(error_body("x"), [](auto& c) {
        BOOST_CHECK_EXCEPTION(register_app(noting(c), {}, c), register_app_error, [](const register_app_error& e) {
            return e.code() == "x" && e.description() == "about x";
        });
    });
    scripted_client refused;
    refused.fail(transport_failure_kind::certificate, "expired");
    BOOST_CHECK_EXCEPTION(register_app(noting(refused), {}, refused), register_app_error,
                          [](const register_app_error& e) { return e.code() == "certificate_error"; });
}

BOOST_AUTO_TEST_CASE(local_expiry) {
    scripted_client client;
    client.reply(init_ok);
    client.reply(begun(R"(,"expires_in":8,"interval":5)"));
    for (int i = 0; i < 3; ++i) client.reply(pending);
    BOOST_CHECK_EXCEPTION(register_app(noting(client), {}, client), app_expired_error,
                          [](const app_expired_error& e) { return e.local() && e.code() == "expired_token"; });
    check_lines(client.log,
                {"send action=init", "send action=begin", "qr_code", "send action=poll", "polling", "sleep 5000",
                 "send action=poll", "polling", "sleep 2200", "send action=poll", "sleep 800"});
}

// protocol.md 2: a slow callback never extends the lifetime.
BOOST_AUTO_TEST_CASE(a_slow_callback_does_not_extend_expiry) {
    scripted_client client;
    client.reply(init_ok);
    client.reply(begun(R"(,"expires_in":60,"interval":5)"));
    client.reply(pending);
    const auto begin = client.clock;
    const handlers slow{.on_qr_code = [&](const qr_code&) { client.clock += 1h; }};
    BOOST_CHECK_THROW(register_app(slow, {}, client), app_expired_error);
    BOOST_TEST((client.clock == begin + 1h));  // the one poll that was owed, and no wait
    BOOST_TEST(client.requests.size() == 3u);
    BOOST_TEST((client.requests[2].timeout == 3s));
}

BOOST_AUTO_TEST_CASE(a_slow_request_is_answered_all_the_same) {
    scripted_client client;
    client.reply(init_ok);
    client.reply(begun(R"(,"expires_in":60,"interval":5)"));
    client.answers.push_back([&](const http_request&, const std::stop_token&) -> http_result {
        client.clock += 1h;  // the transport kept no timeout
        return http_response{200, {}, credentials()};
    });
    BOOST_TEST(register_app(noting(client), {}, client).client_id == client_id);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(stopping)

BOOST_AUTO_TEST_CASE(before_the_start) {
    scripted_client client;
    std::stop_source source;
    source.request_stop();
    check_abort(noting(client), client, source.get_token());
    BOOST_TEST(client.log.empty());
}

BOOST_AUTO_TEST_CASE(during_a_request_that_fails_for_it) {
    for (std::size_t at = 0; at < 3; ++at) {
        auto client = begun_client();
        client.reply("{}");
        std::stop_source source;
        client.answers[at] = [&](const http_request&, const std::stop_token& stop) -> http_result {
            source.request_stop();
            BOOST_TEST(stop.stop_requested());
            return transport_failure{transport_failure_kind::cut, "stopped"};
        };
        check_abort(noting(client), client, source.get_token());
        BOOST_TEST(client.requests.size() == at + 1);
        BOOST_TEST((client.log.back() == "send action=init" || client.log.back() == "send action=begin" ||
                    client.log.back() == "send action=poll"));
    }
}

// A reply that has arrived is fed before a stop.
BOOST_AUTO_TEST_CASE(credentials_that_have_arrived_are_returned_all_the_same) {
    auto client = begun_client();
    std::stop_source source;
    client.answers.push_back([&](const http_request&, const std::stop_token&) -> http_result {
        source.request_stop();
        return http_response{200, {}, credentials()};
    });
    BOOST_TEST(register_app(noting(client), {}, client, source.get_token()).client_id == client_id);
}

BOOST_AUTO_TEST_CASE(after_any_other_reply_there_is_neither_status_nor_request) {
    auto client = begun_client();
    std::stop_source source;
    client.answers.push_back([&](const http_request&, const std::stop_token&) -> http_result {
        source.request_stop();
        return http_response{200, {}, pending};
    });
    check_abort(noting(client), client, source.get_token());
    check_lines(client.log, {"send action=init", "send action=begin", "qr_code", "send action=poll"});
}

BOOST_AUTO_TEST_CASE(between_two_polls) {
    auto client = begun_client();
    client.reply(pending);
    std::stop_source source;
    client.on_sleep = [&](const std::stop_token& stop) {
        source.request_stop();
        BOOST_TEST(stop.stop_requested());
    };
    check_abort(noting(client), client, source.get_token());
    check_lines(client.log,
                {"send action=init", "send action=begin", "qr_code", "send action=poll", "polling", "sleep 5000"});
}

BOOST_AUTO_TEST_CASE(in_a_handler) {
    auto client = begun_client();
    std::stop_source source;
    check_abort({.on_qr_code = [&](const qr_code&) { source.request_stop(); }}, client, source.get_token());
    BOOST_TEST(client.requests.size() == 2u);  // no poll after it
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(exceptions)

BOOST_AUTO_TEST_CASE(from_on_qr_code) {
    auto client = begun_client();
    BOOST_CHECK_THROW(register_app({.on_qr_code = [](const qr_code&) { throw thrown_by_user{}; }}, {}, client),
                      thrown_by_user);
    BOOST_TEST(client.requests.size() == 2u);
}

BOOST_AUTO_TEST_CASE(from_on_status_change) {
    auto client = begun_client();
    client.reply(pending);
    auto h = noting(client);
    h.on_status_change = [](const status_change&) { throw thrown_by_user{}; };
    BOOST_CHECK_THROW(register_app(h, {}, client), thrown_by_user);
    BOOST_TEST(client.requests.size() == 3u);
}

BOOST_AUTO_TEST_CASE(from_the_client) {
    scripted_client client;
    client.answers.push_back(
        [](const http_request&, const std::stop_token&) -> http_result { throw thrown_by_user{}; });
    BOOST_CHECK_THROW(register_app(noting(client), {}, client), thrown_by_user);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(default_clock)

BOOST_AUTO_TEST_CASE(a_function_is_a_client) {
    int calls = 0;
    injected::function_client client{[&](const http_request& request, const std::stop_token&) -> http_result {
        ++calls;
        if (request.body == "action=init") return http_response{200, {}, init_ok};
        if (request.body.starts_with("action=begin")) return http_response{200, {}, begun()};
        return http_response{200, {}, credentials()};
    }};
    BOOST_TEST(register_app({.on_qr_code = [](const qr_code&) {}}, {}, client).client_id == client_id);
    BOOST_TEST(calls == 3);
    BOOST_CHECK_THROW(injected::function_client{nullptr}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_clock_does_not_go_back) {
    const auto a = injected::boottime_now();
    const auto b = injected::boottime_now();
    BOOST_TEST((a <= b));
    BOOST_TEST((a > time_point{}));
}

// Bounded, and not a proof of a duration: an hour is asked for, and the test ends.
BOOST_AUTO_TEST_CASE(a_stop_ends_the_default_sleep_at_once) {
    injected::function_client client{
        [](const http_request&, const std::stop_token&) -> http_result { return transport_failure{}; }};
    std::stop_source source;
    std::jthread stopper{[&] { source.request_stop(); }};
    client.sleep_until(client.now() + 1h, source.get_token());
    BOOST_TEST(source.stop_requested());
    client.sleep_until(client.now() + 1h, source.get_token());  // requested already
}

BOOST_AUTO_TEST_CASE(the_default_sleep_ends_at_its_deadline) {
    injected::function_client client{
        [](const http_request&, const std::stop_token&) -> http_result { return transport_failure{}; }};
    const auto deadline = client.now() + 2ms;
    client.sleep_until(deadline, {});
    BOOST_TEST((client.now() >= deadline));
    client.sleep_until(client.now() - 1h, {});
    client.sleep_until(time_point::min(), {});
}

BOOST_AUTO_TEST_CASE(a_sleep_that_returns_early_sends_no_poll_early) {
    for (const duration early : {duration{1ns}, duration{400us}, duration{1ms}}) {
        auto client = begun_client();
        client.early = early;
        std::vector<time_point> polls;
        for (int i = 0; i < 5; ++i)
            client.answers.push_back([&](const http_request&, const std::stop_token&) -> http_result {
                polls.push_back(client.clock);
                return http_response{400, {}, string{pending}};
            });
        client.reply(credentials());
        static_cast<void>(register_app(noting(client), {}, client));
        BOOST_REQUIRE(polls.size() == 5u);
        for (std::size_t i = 1; i < polls.size(); ++i) BOOST_TEST((polls[i] - polls[i - 1] >= 5s));
        const auto sleeps = std::count_if(client.log.begin(), client.log.end(),
                                          [](const string& line) { return line.starts_with("sleep"); });
        BOOST_TEST(sleeps <= 10, "it spins");
    }
}

BOOST_AUTO_TEST_SUITE_END()
