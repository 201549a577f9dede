// SPDX-License-Identifier: MIT
#include "open_platform/support.hpp"

#include <lark/invalid_option.hpp>
#include <lark/open_platform/errors.hpp>

#include <set>

using namespace lark;
using namespace lark::open_platform;
using namespace lark::open_platform::test;

namespace {

struct token_run : run<token_flow> {
    explicit token_run(const client_options& options = {}) : run{token_flow{"cli_1", secret{app_secret}, options}} {}

    waiter_id ask() { return flow.ask(now); }

    /// Asks, and lets the service answer with this token.
    token_granted fetched(std::string_view token = first_token, std::string_view expire = "7200") {
        const auto who = ask();
        answer(expect<send_token_request>().request_id, token_reply(token, expire));
        const auto granted = expect<token_granted>();
        BOOST_TEST((granted.who == who));
        return granted;
    }

    void expect_granted(std::string_view token) { BOOST_TEST(expect<token_granted>().token == token); }

    const api_failure& expect_refused() { return *expect<token_refused>().why; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(token)

BOOST_AUTO_TEST_CASE(nothing_happens_before_the_first_request) {
    token_run t;
    t.expect<idle>();
    t.pass(24h);
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(fetches_once_and_keeps) {
    token_run t;
    const auto who = t.ask();
    const auto sent = t.expect<send_token_request>();
    BOOST_TEST(sent.url == "https://open.feishu.cn/open-apis/auth/v3/tenant_access_token/internal");
    BOOST_TEST(sent.body == R"({"app_id":"cli_1","app_secret":"s3cr3t-of-the-app"})");
    BOOST_TEST((sent.timeout == 15s));
    BOOST_TEST((t.expect<wait_until>().deadline == t.now + 15s));
    t.answer(sent.request_id, token_reply());
    const auto granted = t.expect<token_granted>();
    BOOST_TEST((granted.who == who));
    BOOST_TEST(granted.token == first_token);
    BOOST_TEST((granted.expires_at == t.now + 7200s));
    t.expect<idle>();
    t.ask();
    t.expect_granted(first_token);
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(one_fetch_for_all_who_wait) {
    token_run t;
    std::set<waiter_id> who{t.ask()};
    const auto sent = t.expect<send_token_request>();
    for (int i = 0; i < 9; ++i) who.insert(t.ask());
    t.expect<wait_until>();
    t.answer(sent.request_id, token_reply());
    for (int i = 0; i < 10; ++i) {
        const auto granted = t.expect<token_granted>();
        BOOST_TEST(granted.token == first_token);
        BOOST_TEST(who.erase(granted.who) == 1u);
    }
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(is_refreshed_in_the_last_ten_minutes_and_not_before) {
    token_run t;
    t.fetched();
    t.pass(7200s - 600s - 1ns);
    t.ask();
    t.expect_granted(first_token);
    t.expect<idle>();
    t.pass(1ns);
    t.fetched(second_token);
    t.ask();
    t.expect_granted(second_token);
}

BOOST_AUTO_TEST_CASE(the_lifetime_counts_from_the_sending) {
    token_run t;
    t.ask();
    const auto sent = t.expect<send_token_request>();
    t.pass(4s);
    t.answer(sent.request_id, token_reply());
    BOOST_TEST((t.expect<token_granted>().expires_at == t.now - 4s + 7200s));
}

BOOST_AUTO_TEST_CASE(a_short_life_is_refreshed_in_its_second_half) {
    token_run t;
    t.fetched(first_token, "100");
    t.pass(50s - 1ns);
    t.ask();
    t.expect_granted(first_token);
    t.pass(1ns);
    t.ask();
    t.expect<send_token_request>();
}

BOOST_AUTO_TEST_CASE(a_token_without_a_sound_lifetime_counts_as_good_for_half_an_hour) {
    // protocol.md, 6: a token that is handed out has at least that long.
    for (const auto* expire : {"0", "-5", "null", "true", "\"\"", "\"two hours\"", "\"-7200\"", "[7200]", "1e999"}) {
        token_run t;
        const auto granted = t.fetched(first_token, expire);
        BOOST_TEST((granted.expires_at == t.now + 30min), expire);
        t.pass(20min - 1s);
        t.ask();
        BOOST_TEST((t.expect<token_granted>().id == granted.id), "fetched for every call");
        t.expect<idle>();
    }
    token_run absent;
    absent.ask();
    absent.answer(absent.expect<send_token_request>().request_id, reply(R"({"code":0,"tenant_access_token":"t-1"})"));
    BOOST_TEST((absent.expect<token_granted>().expires_at == absent.now + 30min));
}

BOOST_AUTO_TEST_CASE(a_lifetime_may_be_a_string) {
    for (const auto& [expire, lifetime] :
         {std::pair{"\"7200\"", 7200s}, {"\"60\"", 60s}, {"\"99999999999\"", 86400s}}) {
        token_run t;
        BOOST_TEST((t.fetched(first_token, expire).expires_at == t.now + lifetime), expire);
    }
}

BOOST_AUTO_TEST_CASE(a_lifetime_is_capped_and_rounded_down) {
    token_run t;
    BOOST_TEST((t.fetched(first_token, "1e15").expires_at == t.now + 24h));
    token_run u;
    BOOST_TEST((u.fetched(first_token, "7200.9").expires_at == u.now + 7200s));
}

BOOST_AUTO_TEST_CASE(a_refresh_that_fails_falls_back_to_the_old_token) {
    token_run t;
    t.fetched();
    t.pass(6700s);
    t.ask();
    t.ask();
    t.expect_granted(first_token);  // to the second one, which need not wait for the refresh
    t.answer(t.expect<send_token_request>().request_id, cut());
    t.expect_granted(first_token);
    t.expect<idle>();
    t.pass(30s - 1ns);
    t.ask();
    t.expect_granted(first_token);  // no second try yet
    t.expect<idle>();
    t.pass(1ns);
    t.fetched(second_token);
}

BOOST_AUTO_TEST_CASE(a_refresh_holds_up_one_waiter_alone_and_not_for_long) {
    token_run t;
    t.fetched();
    t.pass(6700s);
    const auto first = t.ask();
    const auto sent = t.expect<send_token_request>();
    BOOST_TEST((sent.timeout == 5s));
    for (int i = 0; i < 3; ++i) {  // the service hangs
        t.pass(1s);
        const auto other = t.ask();
        const auto granted = t.expect<token_granted>();
        BOOST_TEST((granted.who == other));
        BOOST_TEST(granted.token == first_token);
        static_cast<void>(t.expect<wait_until>());
    }
    t.pass(2s);
    const auto granted = t.expect<token_granted>();
    BOOST_TEST((granted.who == first));
    BOOST_TEST(granted.token == first_token);
    BOOST_TEST((t.expect<abandon_request>().request_id == sent.request_id));
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(a_refresh_brings_the_new_token_to_its_waiter) {
    token_run t;
    t.fetched();
    t.pass(6700s);
    const auto first = t.ask();
    t.ask();
    t.expect_granted(first_token);
    t.answer(t.expect<send_token_request>().request_id, token_reply(second_token));
    const auto granted = t.expect<token_granted>();
    BOOST_TEST((granted.who == first));
    BOOST_TEST(granted.token == second_token);
    t.expect<idle>();
    t.ask();
    t.expect_granted(second_token);
}

BOOST_AUTO_TEST_CASE(a_refresh_whose_waiter_is_dropped_is_taken_over_by_the_next) {
    for (const bool interrupted : {false, true}) {
        token_run t;
        t.fetched();
        t.pass(6700s);
        const auto first = t.ask();
        if (interrupted) {
            const auto id = t.expect<send_token_request>().request_id;
            BOOST_TEST((t.flow.handle_interrupted(id, t.now) == accepted::yes));
        }
        t.flow.drop(first);
        t.expect<idle>();
        const auto second = t.ask();
        t.answer(t.expect<send_token_request>().request_id, token_reply(second_token));
        BOOST_TEST((t.expect<token_granted>().who == second));
    }
}

BOOST_AUTO_TEST_CASE(a_caller_waits_for_a_refresh_once_the_old_token_is_no_longer_valid) {
    for (const bool rejected : {false, true}) {
        token_run t;
        const auto old = t.fetched();
        t.pass(rejected ? 6700s : 7196s);
        const auto first = t.ask();
        const auto sent = t.expect<send_token_request>();
        BOOST_TEST((sent.timeout == (rejected ? 5s : 15s)), "the old token may not outlast the request");
        if (rejected) t.flow.reject(old.id);
        else t.pass(4s);
        const auto second = t.ask();
        static_cast<void>(t.expect<wait_until>());
        t.answer(sent.request_id, token_reply(second_token));
        BOOST_TEST((t.expect<token_granted>().who == first));
        const auto granted = t.expect<token_granted>();
        BOOST_TEST((granted.who == second));
        BOOST_TEST(granted.token == second_token);
    }
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_escaped_in_json_is_kept_out_of_every_text) {
    const std::string odd = "s\"cr\\t-of/the app";
    const std::string quoted = json::quote(odd);
    for (const auto& form : {odd, quoted, quoted.substr(1, quoted.size() - 2)}) {
        run<token_flow> t{token_flow{"cli_1", secret{odd}}};
        static_cast<void>(t.flow.ask(t.now));
        auto request = t.expect<send_token_request>();
        t.answer(request.request_id, transport_failure{transport_failure_kind::protocol, "sent " + form + " in vain"});
        const auto text = describe(*t.expect<token_refused>().why);
        BOOST_TEST(text.find("cr") == std::string::npos, text);
        static_cast<void>(t.flow.ask(t.now));
        request = t.expect<send_token_request>();
        t.answer(request.request_id, refusal(10014, "bad secret " + form));
        const auto& why = *t.expect<token_refused>().why;
        BOOST_TEST(why.message.find("cr\\") == std::string::npos, why.message);
        BOOST_TEST(why.body.text().find("-of") == std::string::npos, why.body.text());
    }
}

BOOST_AUTO_TEST_CASE(the_fallback_ends_with_the_old_token) {
    token_run t;
    t.fetched();
    t.pass(7199s);
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, refusal(10014, "app secret invalid"));
    t.expect_granted(first_token);
    t.pass(1s);  // within the pause, but the token is over
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, refusal(10014, "app secret invalid"));
    BOOST_TEST(t.expect_refused().code == 10014);
}

BOOST_AUTO_TEST_CASE(the_pause_after_a_failed_refresh_ends_with_the_token_it_was_for) {
    token_run t;
    t.fetched();
    t.pass(6700s);
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, reply("", 503, {{"Retry-After", "7200"}}));
    t.expect_granted(first_token);
    t.pass(500s);  // that token is over, and the next one lives until 14400 s
    t.fetched(second_token);
    t.pass(6600s);  // within the pause, but the pause was the first token's
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, token_reply("t-third"));
    t.expect_granted("t-third");
}

BOOST_AUTO_TEST_CASE(transient_faults_are_tried_three_times_with_exact_waits) {
    for (const http_result& fault :
         std::vector<http_result>{cut(), transport_failure{transport_failure_kind::connect, ""},
                                  transport_failure{transport_failure_kind::name_temporary, ""},
                                  transport_failure{transport_failure_kind::timeout, ""}, reply("", 500),
                                  reply("busy", 503), refusal(2200, "internal error", 500),
                                  refusal(99991400, "request trigger frequency limit", 400), reply("", 429)}) {
        token_run t;
        t.ask();
        const auto fail = [&] {
            const auto id = t.expect<send_token_request>().request_id;
            std::visit([&](const auto& what) { t.answer(id, what); }, fault);
        };
        fail();
        t.expect_wait(1s);
        fail();
        t.expect_wait(2s);
        fail();
        BOOST_TEST(t.expect_refused().message.ends_with("; given up after 3 tries"));
        t.expect<idle>();
        t.ask();  // the failure leaves no state
        t.answer(t.expect<send_token_request>().request_id, token_reply());
        t.expect_granted(first_token);
    }
}

BOOST_AUTO_TEST_CASE(a_success_after_a_fault) {
    token_run t;
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, reply("", 502));
    t.expect_wait(1s);
    t.answer(t.expect<send_token_request>().request_id, token_reply());
    t.expect_granted(first_token);
}

BOOST_AUTO_TEST_CASE(permanent_failures_end_at_once) {
    struct row {
        http_result fault;
        api_failure_kind kind;
        std::int64_t code;
        const char* text;
    };
    for (const auto& [fault, kind, code, text] : std::vector<row>{
             {refusal(10014, "app secret invalid"), api_failure_kind::refused, 10014,
              "10014: app secret invalid (HTTP 200); check App ID and App Secret"},
             {refusal(10003, "invalid param"), api_failure_kind::refused, 10003, "10003: invalid param (HTTP 200)"},
             {refusal(1000040351, "Incorrect domain name"), api_failure_kind::refused, 1000040351,
              "1000040351: Incorrect domain name (HTTP 200); the app's tenant lives on the other host: set domain to "
              "https://open.larksuite.com for Lark, https://open.feishu.cn for Feishu"},
             {reply("<html>"), api_failure_kind::bad_reply, 0,
              "invalid_response: the reply is not a JSON object (HTTP 200)"},
             {reply("{}"), api_failure_kind::bad_reply, 0, "invalid_response: the reply has no code (HTTP 200)"},
             {reply(R"({"code":0,"tenant_access_token":""})"), api_failure_kind::bad_reply, 0,
              "invalid_response: the reply has no tenant_access_token that can be used (HTTP 200)"},
             {reply(R"({"code":0,"tenant_access_token":"a\r\nHost: evil"})"), api_failure_kind::bad_reply, 0,
              "invalid_response: the reply has no tenant_access_token that can be used (HTTP 200)"},
             {reply(R"({"code":"0","tenant_access_token":"t"})"), api_failure_kind::bad_reply, 0,
              "invalid_response: the reply has no code (HTTP 200)"},
             {reply("", 302, {{"Location", "https://evil.example/"}}), api_failure_kind::bad_reply, 0,
              "http_error: HTTP 302: redirects are not followed"},
             {reply("", 404), api_failure_kind::bad_reply, 0, "http_error: HTTP 404"},
             {transport_failure{transport_failure_kind::certificate, "expired"}, api_failure_kind::no_reply, 0,
              "certificate_error: expired"},
             {transport_failure{transport_failure_kind::name_unknown, ""}, api_failure_kind::no_reply, 0,
              "network_error: name_unknown"},
         }) {
        token_run t;
        t.ask();
        const auto id = t.expect<send_token_request>().request_id;
        std::visit([&](const auto& what) { t.answer(id, what); }, fault);
        const auto& why = t.expect_refused();
        BOOST_TEST((why.kind == kind));
        BOOST_TEST(why.code == code);
        BOOST_TEST(describe(why) == text);
        t.expect<idle>();
    }
}

BOOST_AUTO_TEST_CASE(a_rate_limit_says_how_long_to_wait) {
    token_run t;
    t.ask();
    t.answer(t.expect<send_token_request>().request_id,
             refusal(99991400, "limited", 400, {{"X-Ogw-Ratelimit-Reset", "2.5"}}));
    t.expect_wait(2500ms);
    t.answer(t.expect<send_token_request>().request_id,
             reply("", 429, {{"x-ogw-ratelimit-reset", "40"}, {"X-Tt-Logid", "L1"}}));
    const auto& why = t.expect_refused();  // 40 s are past the budget
    BOOST_TEST((why.kind == api_failure_kind::rate_limited));
    BOOST_TEST((why.retry_after == 40s));
    BOOST_TEST(describe(why) ==
               "http_error: too many calls; given up after 2 tries (HTTP 429, request id L1, try again in 40 s)");
}

BOOST_AUTO_TEST_CASE(a_silent_service_times_out_and_its_late_reply_is_stale) {
    token_run t({.request_timeout = 4s});
    t.ask();
    const auto sent = t.expect<send_token_request>();
    BOOST_TEST((sent.timeout == 4s));
    t.expect_wait(4s);
    BOOST_TEST((t.expect<abandon_request>().request_id == sent.request_id));
    BOOST_TEST((t.flow.handle_response(sent.request_id, t.now, token_reply()) == accepted::stale));
    t.expect_wait(1s);
    t.expect<send_token_request>();
}

BOOST_AUTO_TEST_CASE(the_budget_bounds_the_last_request) {
    token_run t({.request_timeout = 15s, .token_budget = 20s});
    t.ask();
    t.expect<send_token_request>();
    t.expect_wait(15s);
    t.expect<abandon_request>();
    t.expect_wait(1s);
    BOOST_TEST((t.expect<send_token_request>().timeout == 4s));
    t.expect_wait(4s);
    BOOST_TEST(t.expect_refused().message == "no reply within 4 s; given up after 2 tries");
    t.expect<abandon_request>();
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(a_jump_of_the_clock_means_one_fetch) {
    token_run t;
    t.fetched();
    t.pass(24h * 365);
    t.expect<idle>();
    t.ask();
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, token_reply(second_token));
    t.expect_granted(second_token);
    t.expect_granted(second_token);
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(a_sleep_of_the_machine_does_not_eat_the_budget) {
    token_run t;
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, cut());
    t.expect<wait_until>();
    t.pass(1h);  // in the middle of the back-off
    BOOST_TEST((t.expect<send_token_request>().timeout == 15s));
}

BOOST_AUTO_TEST_CASE(a_sleep_while_the_request_is_out_does_not_eat_the_budget) {
    const client_options options{.request_timeout = 15s, .token_budget = 20s};
    token_run t{options};
    t.ask();
    t.expect<send_token_request>();
    t.pass(1h);
    t.expect<abandon_request>();
    t.expect_wait(1s);
    BOOST_TEST((t.expect<send_token_request>().timeout == 4s));

    token_run late{options};  // the same, but with a failure
    late.ask();
    const auto sent = late.expect<send_token_request>();
    late.now += 1h;
    late.answer(sent.request_id, cut());
    late.expect_wait(1s);
    BOOST_TEST((late.expect<send_token_request>().timeout == 4s));

    token_run interrupted{options};  // or that its driver had to stop
    interrupted.ask();
    const auto out = interrupted.expect<send_token_request>();
    interrupted.now += 1h;
    BOOST_TEST((interrupted.flow.handle_interrupted(out.request_id, interrupted.now) == accepted::yes));
    BOOST_TEST((interrupted.expect<send_token_request>().timeout == 5s));
}

BOOST_AUTO_TEST_CASE(the_budget_is_not_changed_by_requests_that_end_in_time) {
    const client_options options{.request_timeout = 15s, .token_budget = 20s};
    token_run t{options};
    t.ask();
    const auto sent = t.expect<send_token_request>();
    t.now += 10s;
    t.answer(sent.request_id, cut());
    t.expect_wait(1s);
    BOOST_TEST((t.expect<send_token_request>().timeout == 9s));

    token_run interrupted{options};
    interrupted.ask();
    const auto out = interrupted.expect<send_token_request>();
    interrupted.now += 8s;
    BOOST_TEST((interrupted.flow.handle_interrupted(out.request_id, interrupted.now) == accepted::yes));
    BOOST_TEST((interrupted.expect<send_token_request>().timeout == 12s));
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_is_read_as_the_latest_seen) {
    token_run t;
    t.fetched();
    t.now -= 2h;
    t.ask();
    t.expect_granted(first_token);
    t.now += 2h + 6600s;
    t.ask();
    t.expect<send_token_request>();
}

BOOST_AUTO_TEST_CASE(a_refused_token_is_replaced_once_however_many_refuse_it) {
    token_run t;
    const auto bad = t.fetched().id;
    t.flow.reject(bad);
    t.flow.reject(bad);
    const auto fresh = t.fetched(second_token).id;
    BOOST_TEST((fresh != bad));
    t.flow.reject(bad);  // a caller that is late
    t.ask();
    t.expect_granted(second_token);
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(a_refused_token_is_not_a_fallback) {
    token_run t;
    const auto bad = t.fetched().id;
    t.pass(6700s);
    t.ask();
    const auto sent = t.expect<send_token_request>();
    t.flow.reject(bad);
    t.answer(sent.request_id, refusal(10014, "app secret invalid"));
    BOOST_TEST(t.expect_refused().code == 10014);
}

BOOST_AUTO_TEST_CASE(a_refused_token_is_not_granted_to_those_in_the_queue) {
    token_run t;
    const auto bad = t.fetched().id;
    std::set<waiter_id> who{t.ask(), t.ask(), t.ask()};
    who.erase(t.expect<token_granted>().who);
    t.flow.reject(bad);
    who.insert(t.ask());
    const auto sent = t.expect<send_token_request>();
    t.expect<wait_until>();
    t.answer(sent.request_id, token_reply(second_token));
    for (int i = 0; i < 3; ++i) {
        const auto granted = t.expect<token_granted>();
        BOOST_TEST(granted.token == second_token);
        BOOST_TEST(who.erase(granted.who) == 1u);
    }
    t.expect<idle>();

    token_run u;  // with an empty queue nothing is fetched
    const auto refused = u.fetched().id;
    const auto alone = u.ask();
    u.flow.reject(refused);
    u.flow.drop(alone);
    u.expect<idle>();
}

BOOST_AUTO_TEST_CASE(refusals_in_the_queue_stay_when_a_token_is_refused) {
    token_run t;
    t.ask();
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, refusal(10014, "app secret invalid"));
    t.flow.reject(token_id{1});
    BOOST_TEST(t.expect_refused().code == 10014);
    BOOST_TEST(t.expect_refused().code == 10014);
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(a_crowd_is_answered_in_order_and_in_time) {
    constexpr std::uint64_t crowd = 200'000;  // taken off the front of an array one by one, they would take minutes
    token_run t;
    for (std::uint64_t i = 0; i < crowd; ++i) t.ask();
    t.answer(t.expect<send_token_request>().request_id, token_reply());
    for (std::uint64_t i = 0; i < crowd; ++i) t.ask();  // behind them, and granted at once
    std::uint64_t in_order = 0;
    while (in_order < 2 * crowd && std::get<token_granted>(t.flow.poll_output(t.now)).who == waiter_id{in_order + 1})
        ++in_order;
    BOOST_TEST(in_order == 2 * crowd);
    t.expect<idle>();
}

BOOST_AUTO_TEST_CASE(a_dropped_caller_gets_nothing) {
    token_run t;
    const auto first = t.ask();
    const auto second = t.ask();
    const auto sent = t.expect<send_token_request>();
    t.flow.drop(first);
    t.answer(sent.request_id, token_reply());
    BOOST_TEST((t.expect<token_granted>().who == second));
    t.expect<idle>();
    t.flow.drop(t.ask());  // granted, but not delivered yet
    t.expect<idle>();
    t.flow.drop(waiter_id{77});
}

BOOST_AUTO_TEST_CASE(without_a_waiting_caller_nothing_is_sent_but_a_request_in_flight_is_kept) {
    token_run t;
    t.flow.drop(t.ask());
    t.expect<idle>();

    const auto who = t.ask();
    const auto sent = t.expect<send_token_request>();
    t.flow.drop(who);
    t.answer(sent.request_id, token_reply());
    t.expect<idle>();
    t.ask();
    t.expect_granted(first_token);

    token_run u;
    const auto other = u.ask();
    u.answer(u.expect<send_token_request>().request_id, cut());
    u.flow.drop(other);  // while it waits for the next try
    u.expect<idle>();
    u.pass(1h);
    u.expect<idle>();
}

BOOST_AUTO_TEST_CASE(an_interrupted_request_is_due_again_for_those_who_still_wait) {
    token_run t;
    const auto first = t.ask();
    t.ask();
    const auto sent = t.expect<send_token_request>();
    t.flow.drop(first);
    BOOST_TEST((t.flow.handle_interrupted(sent.request_id, t.now) == accepted::yes));
    BOOST_TEST((t.flow.handle_interrupted(sent.request_id, t.now) == accepted::stale));
    const auto again = t.expect<send_token_request>();
    BOOST_TEST((again.request_id != sent.request_id));
    t.answer(again.request_id, token_reply());
    t.expect_granted(first_token);

    token_run u;
    const auto alone = u.ask();
    const auto out = u.expect<send_token_request>();
    u.flow.drop(alone);
    BOOST_TEST((u.flow.handle_interrupted(out.request_id, u.now) == accepted::yes));
    u.expect<idle>();
}

BOOST_AUTO_TEST_CASE(only_the_outstanding_request_is_answered) {
    token_run t;
    BOOST_TEST((t.flow.handle_response(request_id{1}, t.now, token_reply()) == accepted::stale));
    t.ask();
    BOOST_TEST((t.flow.handle_response(request_id{1}, t.now, token_reply()) == accepted::stale));  // not handed out yet
    const auto id = t.expect<send_token_request>().request_id;
    BOOST_TEST((t.flow.handle_failure(request_id{99}, t.now, cut()) == accepted::stale));
    t.answer(id, token_reply());
    BOOST_TEST((t.flow.handle_response(id, t.now, token_reply(second_token)) == accepted::stale));
    t.expect_granted(first_token);
}

BOOST_AUTO_TEST_CASE(a_copy_is_independent) {
    token_run t;
    t.fetched();
    auto copy = t.flow;
    t.flow.reject(token_id{1});
    static_cast<void>(copy.ask(t.now));
    BOOST_TEST(std::get<token_granted>(copy.poll_output(t.now)).token == first_token);
    t.ask();
    t.expect<send_token_request>();
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_reported_by_name) {
    const auto text = [](std::string id, std::string_view key, client_options options) -> std::string {
        try {
            token_flow{std::move(id), secret{key}, options};
        } catch (const registration::invalid_option& error) {
            return error.option() + " | " + error.what();
        }
        return "nothing wrong";
    };
    BOOST_TEST(text("", "x", {}) == "app_id | app_id must be a non-empty string");
    BOOST_TEST(text("cli", "", {}) == "app_secret | app_secret must be a non-empty string");
    BOOST_TEST(text("cli", "x\n", {}) == "app_secret | app_secret must not contain control characters");
    BOOST_TEST(text("cli", "x", {.domain = "ftp://x"}) == "domain | domain must begin with https://");
    BOOST_TEST(text("cli", "x", {.domain = "http://open.feishu.cn"}).starts_with("domain | domain must use https"));
    BOOST_TEST(text("cli", "x", {.domain = "http://127.0.0.1:1"}) == "nothing wrong");
    BOOST_TEST(text("cli", "x", {.domain = "http://open.test", .allow_plain_http = true}) == "nothing wrong");
    BOOST_TEST(text("cli", "x", {.request_timeout = 0ms}) ==
               "request_timeout | request_timeout must be from 1 to 600000 ms, got 0");
    BOOST_TEST(text("cli", "x", {.token_budget = 2h}) ==
               "token_budget | token_budget must be from 1 to 3600000 ms, got 7200000");
    BOOST_TEST(text("cli", "x", {.refresh_before = 30min}) ==
               "refresh_before | refresh_before must be from 0 to 1740 s, got 1800");
    BOOST_TEST(text("cli", "x", {.tries = 0}) == "tries | tries must be from 1 to 10, got 0");
    BOOST_TEST(text("cli", "x", {.async_workers = 65}) == "async_workers | async_workers must be from 1 to 64, got 65");
    BOOST_TEST(text("", "", {}) == "app_id | app_id must be a non-empty string; app_secret must be a non-empty string");
}

BOOST_AUTO_TEST_CASE(quoted_secrets_do_not_come_back_in_a_text) {
    token_run t;
    t.ask();
    const std::string echo = "app_secret=" + std::string{app_secret} + " is wrong";
    t.answer(t.expect<send_token_request>().request_id,
             refusal(10014, echo, 200, {{"X-Tt-Logid", std::string{app_secret}}}));
    const auto& why = t.expect_refused();
    BOOST_TEST(why.message == "app_secret=[redacted] is wrong");
    BOOST_TEST(describe(why).find(app_secret) == std::string::npos);

    token_run u;
    u.ask();
    u.answer(u.expect<send_token_request>().request_id, transport_failure{transport_failure_kind::tls, echo});
    BOOST_TEST(describe(u.expect_refused()).find(app_secret) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(texts_of_the_service_are_cut_and_made_printable) {
    token_run t;
    t.ask();
    t.answer(t.expect<send_token_request>().request_id, refusal(1, "\x1b[31m" + std::string(5000, 'x')));
    const auto& why = t.expect_refused();
    BOOST_TEST(why.message.size() == 1024u);
    BOOST_TEST(describe(why).starts_with("1: \\u{001B}[31mxxx"));
}

BOOST_AUTO_TEST_SUITE_END()
