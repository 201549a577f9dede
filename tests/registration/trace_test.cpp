// SPDX-License-Identifier: MIT
// The account that a flow gives of its exchanges (protocol.md, 10): a table of answers, the texts of failures, request
// ids, and registrations that are stuck, of which the trace alone must show why.
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"
#include "support/trace_line.hpp"

#include <lark/registration/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace lark;
using namespace lark::registration;
using namespace lark::registration::testing;
using lark::testing::trace_line;
using namespace std::chrono_literals;
using std::string;

namespace {

string last_line(const player& p) { return trace_line(p.flow.get().last_exchange().value()); }

player after(const steps& s, const options& opts = {}) {
    player p{opts};
    play(p, s);
    return p;
}

const auto polled = begin_done() + steps{sends{action::poll}};

struct row {
    steps before;
    step input;
    string line;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(trace)

BOOST_AUTO_TEST_CASE(nothing_before_the_first_exchange) {
    const flow f;
    BOOST_TEST(!f.last_exchange().has_value());
    BOOST_TEST((f.last_exchange_id() == request_id{}));
    BOOST_TEST((f.last_summary() == exchange_summary{}));
}

BOOST_AUTO_TEST_CASE(each_kind_of_answer) {
    using enum transport_failure_kind;
    const steps init{sends{action::init}};
    const auto begin = init_done() + steps{sends{action::begin}};
    const auto last = begin_done() + steps{passes{599s}, sends{action::poll, host::feishu, 4s}};
    const string at = " accounts.feishu.cn ";
    const std::vector<row> rows{
        {init, replies{init_ok}, "init 1" + at + "200 -> auth_methods, send"},
        {init, replies{init_ok, 200, {{"Retry-After", "3"}}},
         "init 1" + at + "200 -> auth_methods, wait 3 s (retry_after)"},
        {init, replies{init_ok, 200, {{"Retry-After", "99"}}},
         "init 1" + at + "200 -> auth_methods, failure (start_budget)"},
        {init, replies{"{}"}, "init 1" + at + "200 -> incomplete, failure (answer)"},
        {init, replies{"<html>"}, "init 1" + at + "200 -> no_json, failure (answer)"},
        {init, replies{"", 503}, "init 1" + at + "503 -> bad_status, wait 1 s (backoff)"},
        {init, replies{"", 503, {{"Retry-After", "4"}}}, "init 1" + at + "503 -> bad_status, wait 4 s (retry_after)"},
        {init, replies{R"({"code":20001,"msg":"m"})", 403},
         "init 1" + at + "403 20001 -> platform_error, failure (answer)"},
        {init, fails{connect, "d"}, "init 1" + at + "connect -> no_reply, wait 1 s (backoff)"},
        {init, fails{certificate, "d"}, "init 1" + at + "certificate -> no_reply, failure (answer)"},
        {begin, replies{begun()}, "begin 1" + at + "200 -> link, send"},
        {begin, replies{begun(), 200, {{"Retry-After", "3"}}}, "begin 1" + at + "200 -> link, wait 3 s (retry_after)"},
        {begin, replies{"{}"}, "begin 1" + at + "200 -> incomplete, failure (answer)"},
        {begin, replies{error_body("invalid_client"), 400},
         "begin 1" + at + "400 invalid_client 20094 -> error, failure (answer)"},
        {polled, replies{pending, 400},
         "poll 1" + at + "400 authorization_pending 20094 -> pending, wait 5 s (interval)"},
        {polled, replies{pending, 400, {{"Retry-After", "9"}}},
         "poll 1" + at + "400 authorization_pending 20094 -> pending, wait 9 s (retry_after)"},
        {polled, replies{slow_down, 400}, "poll 1" + at + "400 slow_down 20094 -> slow_down, wait 10 s (slow_down)"},
        {polled, replies{"{}"}, "poll 1" + at + "200 -> nothing, wait 5 s (interval)"},
        {polled, replies{'{' + lark_user + '}'}, "poll 1" + at + "200 -> lark_user, send"},
        {polled, replies{credentials(), 200, {}, true}, "poll 1" + at + "200 -> credentials, success"},
        {polled, replies{error_body("access_denied"), 400},
         "poll 1" + at + "400 access_denied 20094 -> error, failure (answer)"},
        {polled, replies{error_body("expired_token"), 400},
         "poll 1" + at + "400 expired_token 20094 -> error, failure (answer)"},
        {polled, replies{error_body("word of its own"), 400},
         "poll 1" + at + "400 other 20094 -> error, failure (answer)"},
        {polled, replies{error_body("none"), 400}, "poll 1" + at + "400 other 20094 -> error, failure (answer)"},
        {polled, replies{R"({"error":"Bad Gateway"})", 502},
         "poll 1" + at + "502 other -> bad_status, wait 10 s (backoff)"},
        {polled, replies{"", 301}, "poll 1" + at + "301 -> bad_status, wait 10 s (backoff)"},
        {polled, replies{"<html>"}, "poll 1" + at + "200 -> no_json, wait 10 s (backoff)"},
        {polled, replies{R"({"code":99991400,"msg":"m"})", 400, {{"x-ogw-ratelimit-reset", "30"}}},
         "poll 1" + at + "400 99991400 -> platform_error, wait 30 s (retry_after)"},
        {polled, replies{R"({"client_id":"cli_k","auth_method":["private_key_jwt"]})"},
         "poll 1" + at + "200 -> keyless, failure (answer)"},
        {polled, fails{cut, "d"}, "poll 1" + at + "cut -> no_reply, wait 10 s (backoff)"},
        {polled, fails{cut, "d", true}, "poll 1" + at + "cut -> no_reply, wait 5 s (interval)"},
        {polled, waits{15s}, "poll 1" + at + "timeout -> timeout, wait 10 s (backoff)"},
        {begin_done() + steps{passes{597s}, sends{action::poll, host::feishu, 6s}}, replies{pending, 400},
         "poll 1" + at + "400 authorization_pending 20094 -> pending, wait 2 s (last_poll)"},
        {last, replies{pending, 400},
         "poll 1" + at + "400 authorization_pending 20094 -> pending, expire 1 s (expiry)"},
        {last + steps{passes{2s}}, replies{pending, 400},
         "poll 1" + at + "400 authorization_pending 20094 -> pending, failure (expired)"},
    };
    for (const auto& r : rows) {
        auto p = after(r.before);
        p.play(r.input);
        BOOST_TEST(last_line(p) == r.line);
    }
}

BOOST_AUTO_TEST_CASE(tries_are_counted_by_step_and_polls_whatever_comes) {
    const auto again = [](action what, std::chrono::seconds wait) {
        return steps{sends{what}, fails{transport_failure_kind::cut, ""}, reports{status::retrying, wait, "cut"},
                     waits{wait}};
    };
    auto p = after(again(action::init, 1s) + again(action::init, 2s) + steps{sends{action::init}, replies{init_ok}});
    BOOST_TEST(last_line(p) == "init 3 accounts.feishu.cn 200 -> auth_methods, send");
    play(p, again(action::begin, 1s) + steps{sends{action::begin}, replies{begun()}, shows_link()});
    BOOST_TEST(last_line(p) == "begin 2 accounts.feishu.cn 200 -> link, send");
    play(p, again(action::poll, 10s) + polls_pending() + steps{sends{action::poll}, replies{'{' + lark_user + '}'}});
    BOOST_TEST(last_line(p) == "poll 3 accounts.feishu.cn 200 -> lark_user, send");
    play(p, steps{reports{status::domain_switched, 5s}, sends{action::poll, host::lark}, replies{pending, 400}});
    BOOST_TEST(last_line(p) ==
               "poll 4 accounts.larksuite.com 400 authorization_pending 20094 -> pending, wait 5 s (interval)");
    BOOST_TEST(p.flow.get().polls() == 4u);
    const auto event = p.flow.get().last_exchange().value();
    BOOST_TEST((event.interval == 5s && event.lifetime == 0s && !event.took && !event.bytes));
}

BOOST_AUTO_TEST_CASE(a_third_try_that_fails_says_so) {
    steps s;
    for (const auto wait : {1s, 2s})
        s = s + steps{sends{action::init}, replies{"", 502}, reports{status::retrying, wait, "HTTP 502"}, waits{wait}};
    const auto p = after(s + steps{sends{action::init}, replies{"", 502}});
    BOOST_TEST(last_line(p) == "init 3 accounts.feishu.cn 502 -> bad_status, failure (tries)");
}

BOOST_AUTO_TEST_CASE(the_lifetime_stands_with_the_link) {
    const auto event =
        after(init_done() + steps{sends{action::begin}, replies{begun()}}).flow.get().last_exchange().value();
    BOOST_TEST((event.lifetime == 600s && event.interval == 5s));
}

BOOST_AUTO_TEST_CASE(a_host_has_no_scheme_and_keeps_its_port) {
    for (const auto& [domain, host] :
         std::map<string, string>{{"https://Accounts.Example:0443/", "accounts.example"},
                                  {"https://accounts.example:8443", "accounts.example:8443"},
                                  {"http://127.0.0.1:8080", "127.0.0.1:8080"},
                                  {"http://[::1]:80", "[::1]"}}) {
        flow f{{.domain = domain, .lark_domain = domain}};
        const auto out = f.poll_output(from_origin(1h));
        const auto id = std::get<send_request>(out).request_id;
        BOOST_REQUIRE((f.handle_response(id, from_origin(1h), {200, {}, init_ok}) == accepted::yes));
        BOOST_TEST(f.last_summary().host.text() == host);
    }
}

BOOST_AUTO_TEST_CASE(the_request_id) {
    const string long_id(128, 'a');
    const auto id_with = [](std::vector<http_header> headers, const string& body = pending) {
        auto p = after(polled);
        p.play(replies{body, 400, std::move(headers)});
        return p.flow.get().last_summary().request_id.text();
    };
    BOOST_TEST(id_with({{"X-Tt-Logid", "20261127_0Aa.b-c"}}) == "20261127_0Aa.b-c");
    BOOST_TEST(id_with({{"x-request-id", "r"}, {"x-tt-logid", "l"}}) == "l");
    BOOST_TEST(id_with({{"x-request-id", "r"}}) == "r");
    BOOST_TEST(id_with({{"x-tt-logid", ""}, {"x-request-id", "r"}}) == "r");
    BOOST_TEST(id_with({{"x-tt-logid", "not fit"}, {"x-request-id", "r"}}) == "r");
    BOOST_TEST(id_with({{"x-tt-logid", long_id}}) == long_id);
    for (const string bad : {"a b", "a\x1b[0m", "<a>", "a/b", "a=b", "\xE4\xB8\xAD", "a%20"})
        BOOST_TEST(id_with({{"X-Tt-Logid", bad}}).empty());
    BOOST_TEST(id_with({{"X-Tt-Logid", long_id + 'a'}}).empty());
    BOOST_TEST(id_with({}).empty());
    // Secrets that are made of the same letters.
    BOOST_TEST(id_with({{"X-Tt-Logid", "x" + user_code}}).empty());
    BOOST_TEST(id_with({{"X-Tt-Logid", client_secret}}, credentials()).empty());
    BOOST_TEST(id_with({{"X-Tt-Logid", "is-ou_1234"}}, R"({"user_info":{"open_id":"ou_1234"}})").empty());
}

BOOST_AUTO_TEST_CASE(an_exchange_without_a_request_id_leaves_none_behind) {
    auto p = after(polled);
    p.play(replies{pending, 400, {{"X-Tt-Logid", "first"}}});
    play(p, {reports{status::polling, 5s}, waits{5s}, sends{action::poll}, fails{transport_failure_kind::cut, ""}});
    BOOST_TEST(p.flow.get().last_summary().request_id.empty());
}

BOOST_AUTO_TEST_CASE(what_says_it_in_one_sentence) {
    const auto what = [](const steps& s, const std::optional<step>& last = {}) {
        auto p = after(s);
        if (last) p.play(*last);
        return describe(std::get<failure>(*p.flow.result()));
    };
    const std::vector<http_header> id{{"X-Tt-Logid", "2026A"}};
    const auto pending_at_the_end =
        begin_done() + polls_pending() +
        steps{passes{594s}, sends{action::poll, host::feishu, 4s}, replies{pending, 400, id}};
    BOOST_TEST(
        what(pending_at_the_end + steps{waits{1s}}) ==
        "expired_token: the code expired after 600 s without a decision: 2 polls at accounts.feishu.cn, the last "
        "answered authorization_pending (20094); request id 2026A");
    const auto cut_at_the_end = begin_done() + steps{passes{599s}, sends{action::poll, host::feishu, 4s},
                                                     fails{transport_failure_kind::cut, "reading: reset"}};
    BOOST_TEST(
        what(cut_at_the_end + steps{waits{1s}}) ==
        "expired_token: the code expired after 600 s without a decision: 1 poll at accounts.feishu.cn, which had no "
        "reply (cut); last error: reading: reset");
    BOOST_TEST(
        what(polled, replies{error_body("access_denied"), 400, id}) ==
        "access_denied: about access_denied: 1 poll at accounts.feishu.cn, which answered access_denied (20094); "
        "request id 2026A");
    BOOST_TEST(what(polled + steps{cancels{}}) == "abort: cancelled: 1 poll at accounts.feishu.cn");
    BOOST_TEST(what({cancels{}}) == "abort: cancelled");
    BOOST_TEST(what({sends{action::init},
                     fails{transport_failure_kind::certificate, "TLS with accounts.feishu.cn:443: expired"}}) ==
               "certificate_error: TLS with accounts.feishu.cn:443: expired: init at accounts.feishu.cn");
    BOOST_TEST(what(init_done() + steps{sends{action::begin}}, replies{R"({"code":20001,"msg":"m"})", 403, id}) ==
               "http_error: HTTP 403, code 20001: m: begin at accounts.feishu.cn; request id 2026A");
    steps tries;
    for (const auto wait : {1s, 2s})
        tries = tries + steps{sends{action::init}, fails{transport_failure_kind::connect, "connecting to h: refused"},
                              reports{status::retrying, wait, "connecting to h: refused"}, waits{wait}};
    BOOST_TEST(
        what(tries + steps{sends{action::init}}, fails{transport_failure_kind::connect, "connecting to h: refused"}) ==
        "network_error: connecting to h: refused; given up after 3 tries: try 3 of init at accounts.feishu.cn");
}

BOOST_AUTO_TEST_CASE(no_trace_and_no_failure_holds_a_secret) {
    // Every answer of every conversation has a log id; `watched_flow` searches all outputs for secrets.
    std::size_t searched = 0;
    for (const auto& s : all_scripts()) {
        player p{s.opts};
        string known_code;
        for (auto one : s.is) {
            // A flow knows the code from the begin reply on.
            if (const auto* shown = std::get_if<shows>(&one)) known_code = shown->user_code;
            if (auto* r = std::get_if<replies>(&one); r && known_code.size() >= 4)
                r->headers.push_back({"X-Tt-Logid", "quotes-" + known_code});
            p.play(one);
            if (const auto event = p.flow.get().last_exchange()) {
                const auto line = trace_line(*event);
                for (const auto& marked :
                     {string{mark}, string{"ou_1"}, string{"open.feishu.cn/page"}, string{"about "}})
                    BOOST_REQUIRE_MESSAGE(line.find(marked) == string::npos, s.name << ": " << line);
                ++searched;
            }
        }
    }
    BOOST_TEST(searched > 1000u);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// The diagnosis of a reader that sees the events alone.
string diagnosis(const std::vector<trace_event>& events) {
    const auto& last = events.back();
    const auto& e = last.exchange;
    bool at_lark = false;
    unsigned slower = 0;
    for (const auto& one : events) {
        at_lark |= one.result == exchange_result::lark_user;
        slower += one.result == exchange_result::slow_down;
    }
    if (at_lark && last.result == exchange_result::no_reply)
        return "the user is on Lark, and Lark's host is not reached";
    if (e.failure == transport_failure_kind::certificate) return "something in between answers for the host";
    if (e.failure == transport_failure_kind::proxy) return "the proxy refuses";
    if (e.failure == transport_failure_kind::name_unknown) return "the host has no address";
    if (last.result == exchange_result::timeout) return "the host does not answer in time";
    if (last.result == exchange_result::no_json) return "another server answers, with a page";
    if (last.result == exchange_result::bad_status) return "a gateway fails";
    if (e.code == 99991400) return "the platform limits the rate";
    if (last.result == exchange_result::nothing) return "the service has the decision, and no credentials";
    if (slower > 1 && slower == events.size() - 2) return "two poll with the same code";
    if (last.next == next_step::expire) return "the last poll is over, and the code expires";
    if (last.result == exchange_result::pending) return "the user has not decided";
    return "unknown";
}

/// Polls with the same answer, `count` of them.
std::vector<trace_event> polls_with(const http_result& answer, unsigned count = 4, duration before = 0s,
                                    bool is_late = false) {
    flow f;
    auto now = from_origin(1h);
    std::vector<trace_event> events;
    const auto feed = [&](request_id id, const http_result& with) {
        if (const auto* r = std::get_if<http_response>(&with)) f.handle_response(id, now, *r);
        else f.handle_failure(id, now, std::get<transport_failure>(with));
    };
    while (f.polls() < count || events.size() < count + 2) {
        const auto out = f.poll_output(now);
        if (const auto* request = std::get_if<send_request>(&out)) {
            const auto id = request->request_id;
            if (f.polls() > 0) {
                if (is_late) {
                    now += request->timeout;
                    f.handle_time(now);
                } else {
                    feed(id, answer);
                }
            } else {
                const bool init = events.empty();
                feed(id, http_response{200, {}, init ? init_ok : begun()});
                if (!init) now += before;
            }
            events.push_back(f.last_exchange().value());
        } else if (const auto* wait = std::get_if<wait_until>(&out)) {
            now = wait->deadline;
            f.handle_time(now);
        }
    }
    return events;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stuck_registration_explains_itself) {
    using enum transport_failure_kind;
    const auto answers = [](const string& body, int status = 400, std::vector<http_header> headers = {}) {
        return http_result{http_response{status, std::move(headers), body}};
    };
    const auto fails_with = [](transport_failure_kind kind) {
        return http_result{transport_failure{kind, "of " + device_code}};
    };
    auto at_lark = polls_with(answers('{' + lark_user + '}', 200), 1);
    at_lark.push_back(polls_with(fails_with(connect)).back());
    const std::map<string, std::vector<trace_event>> table{
        {"the user has not decided", polls_with(answers(pending))},
        {"the user is on Lark, and Lark's host is not reached", at_lark},
        {"two poll with the same code", polls_with(answers(slow_down))},
        {"another server answers, with a page", polls_with(answers("<html>Sign in</html>", 200))},
        {"a gateway fails", polls_with(answers(R"({"error":"Bad Gateway"})", 502))},
        {"the platform limits the rate",
         polls_with(answers(R"({"code":99991400,"msg":"m"})", 400, {{"x-ogw-ratelimit-reset", "60"}}))},
        {"the service has the decision, and no credentials", polls_with(answers("{}", 200))},
        {"something in between answers for the host", polls_with(fails_with(certificate))},
        {"the proxy refuses", polls_with(fails_with(proxy))},
        {"the host has no address", polls_with(fails_with(name_unknown))},
        {"the host does not answer in time", polls_with(answers(""), 2, 0s, true)},
        {"the last poll is over, and the code expires", polls_with(answers(pending), 1, 599s)},
    };
    BOOST_TEST(table.size() >= 10u);
    for (const auto& [why, events] : table) BOOST_TEST(diagnosis(events) == why);
}
