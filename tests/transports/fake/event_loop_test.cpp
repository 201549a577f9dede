// SPDX-License-Identifier: MIT
// The event loop on the virtual clock: what happens in which order, and what does not happen.
#include <lark/fake/accounts_service.hpp>
#include <lark/fake/event_loop.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/registration/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace lark;
using namespace lark::fake;
using namespace std::chrono_literals;
using injected::flow_set;

/// A few registrations, and all that is seen of them, on the wire and by their handlers.
struct fixture {
    explicit fixture(service_options options = {}, client_options how = {})
        : service(std::move(options)), loop(service, how) {
        loop.on_event([this](const log_entry& e) { lines.push_back(text_of(e)); });
    }

    static std::string text_of(const log_entry& e) {
        std::ostringstream text;
        text << e;
        return text.str();
    }
    void note(const std::string& what) { lines.push_back(text_of({loop.now() - client_options{}.start, what})); }

    injected::registration_id add(registration::options options = {.check_auth_methods = false}) {
        return set.add({.on_qr_code =
                            [this](const auto& qr) {
                                secrets.push_back(qr.user_code);
                                note("qr");
                            },
                        .on_finished =
                            [this](const registration::outcome& o, const std::exception_ptr&) {
                                if (const auto* app = std::get_if<registration::app>(&o)) {
                                    secrets.push_back(app->client_secret.reveal());
                                    note("app");
                                } else {
                                    note(std::get<registration::failure>(o).code);
                                }
                            }},
                       std::move(options));
    }

    std::vector<std::string> lines;  // first: the end of the set is seen too
    std::vector<std::string> secrets;
    accounts_service service;
    fake::event_loop loop;
    flow_set set{loop};
};

void check_lines(const fixture& w, const std::vector<std::string>& expected) {
    BOOST_CHECK_EQUAL_COLLECTIONS(w.lines.begin(), w.lines.end(), expected.begin(), expected.end());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_event_loop)

BOOST_AUTO_TEST_CASE(a_registration_reads_like_a_story) {
    fixture w{{.approve_after = 3s}, {.latency = 200ms}};
    w.add({});
    w.loop.run(w.set);
    check_lines(
        w, {"[0ms] timer", "[0ms] #1 feishu init", "[200ms] #1 -> 200", "[200ms] #2 feishu begin", "[400ms] #2 -> 200",
            "[400ms] qr", "[400ms] #3 feishu poll", "[600ms] #3 -> 400 authorization_pending", "[5600ms] timer",
            "[5600ms] #4 feishu poll", "[5800ms] #4 -> 200 credentials", "[5800ms] app"});
}

BOOST_AUTO_TEST_CASE(a_turn_is_one_event) {
    fixture w{{.approve_after = 0s}, {.latency = 200ms}};
    w.add();
    std::vector<std::size_t> seen;
    while (!w.set.empty()) {
        w.loop.run_once();
        seen.push_back(w.lines.size());
    }
    // The timer, begin there, begin back (and the link, and the poll goes out), poll there, poll back (and the app).
    BOOST_TEST((seen == std::vector<std::size_t>{2, 2, 5, 5, 7}));
    BOOST_CHECK_THROW(w.loop.run_once(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(actions_come_in_their_order_and_before_the_timer) {
    fixture w{{.interval = 1s}, {.latency = 2s}};
    w.add();
    w.loop.run_for(4s);  // begun at 0, polled at 2, answered at 4, due at 5
    w.loop.after(-1s, [&] { w.note("past"); });
    w.loop.after(1s, [&] { w.note("first"); });
    w.loop.after(1s, [&] { w.note("second"); });
    w.lines.clear();
    w.loop.run_for(1s);
    check_lines(w, {"[4000ms] past", "[5000ms] first", "[5000ms] second", "[5000ms] timer", "[5000ms] #3 feishu poll"});
}

BOOST_AUTO_TEST_CASE(a_reply_that_comes_with_its_deadline_is_in_time) {
    // 15 s is what a request has: the last moment is not too late.
    fixture w{{.approve_after = 0s}, {.latency = 15s}};
    w.add();
    w.loop.run(w.set);
    BOOST_TEST(w.lines.back() == "[30000ms] app");
    BOOST_TEST(w.service.counters().total() == 2u);
}

BOOST_AUTO_TEST_CASE(an_abandoned_reply_does_not_arrive) {
    for (const bool before : {true, false}) {
        fixture w{{}, {.latency = 200ms}};
        const auto id = w.add();
        w.loop.after(before ? 99ms : 101ms, [&] { BOOST_TEST(w.set.cancel(id)); });
        w.loop.run(w.set);
        BOOST_TEST(w.service.counters().total() == (before ? 0u : 1u));
        BOOST_TEST(w.lines[2].ends_with("#1 abandoned"));
        w.loop.run_for(1h);
        BOOST_TEST(w.lines.back().ends_with("abort"), "the answer came all the same");
    }
}

BOOST_AUTO_TEST_CASE(silence_lasts_until_the_patience_ends) {
    fixture w;
    w.service.add_fault({.instead = transport_failure{transport_failure_kind::timeout, "silence"}});
    w.add({.check_auth_methods = false, .request_timeout = 3s, .start_budget = 3s});
    w.loop.run(w.set);
    check_lines(
        w, {"[0ms] timer", "[0ms] #1 feishu begin", "[3000ms] timer", "[3000ms] #1 abandoned", "[3000ms] timeout"});
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_an_unknown_name) {
    fixture w;
    w.add({.domain = "https://elsewhere.example", .check_auth_methods = false});
    w.add();
    w.loop.run_for(1s);
    BOOST_TEST(w.lines[1] == "[0ms] #1 unknown host begin");
    BOOST_TEST(std::count(w.lines.begin(), w.lines.end(), "[0ms] network_error") == 1);
    BOOST_TEST(w.service.counters().feishu.begin == 1u, "the other one goes on");
}

BOOST_AUTO_TEST_CASE(the_loop_says_when_nothing_more_can_happen) {
    fixture w;
    w.add();
    w.loop.disarm_timer();
    BOOST_CHECK_THROW(w.loop.run(w.set), std::logic_error);
    BOOST_TEST((w.loop.now() == client_options{}.start));
}

BOOST_AUTO_TEST_CASE(an_exception_of_an_action_is_passed_on_and_the_loop_continues) {
    fixture w{{.approve_after = 0s}, {.latency = 200ms}};
    w.add();
    w.loop.after(50ms, [] { throw std::runtime_error{"the test's own"}; });
    BOOST_CHECK_THROW(w.loop.run(w.set), std::runtime_error);
    w.loop.run(w.set);
    BOOST_TEST(w.lines.back() == "[400ms] app");
}

BOOST_AUTO_TEST_CASE(a_trace_holds_no_secret) {
    fixture w{{.approve_after = 1s}};
    w.add();
    w.loop.run(w.set);
    BOOST_TEST(w.secrets.size() == 2u);
    for (const auto& line : w.lines)
        for (const auto& secret : w.secrets) BOOST_TEST(line.find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
