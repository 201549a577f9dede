// SPDX-License-Identifier: MIT
// A loop that has no room: requests wait in the set, and their time does not run.
#include "scripted_loop.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace lark;
using namespace lark::test;
using injected::flow_set;

namespace {

const std::string a = "https://a.example", b = "https://b.example";

registration::options at(const std::string& domain) {
    auto opts = straight();
    opts.domain = domain;
    return opts;
}

/// One host as the options may spell it; `name` is that of `host` in other letters.
std::vector<std::string> spellings(const std::string& host, const std::string& name) {
    return {host, host + "/", host + "/gateway", "HTTPS://" + name, host + ":443"};
}

struct fixture {
    scripted_loop loop;
    call_log at_a, at_b;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(flow_set_room, fixture)

BOOST_AUTO_TEST_CASE(a_host_without_room_waits_and_others_go_on) {
    flow_set set{loop, at_once};
    loop.full = {a};
    set.add(at_a.handlers(), at(a));
    set.add(at_b.handlers(), at(b));
    loop.run_for(1s);
    BOOST_REQUIRE(loop.log.size() == 1u);
    BOOST_TEST(loop.last().request.url.starts_with(b));
    BOOST_TEST(set.waiting_for_turn() == 1u);
    BOOST_TEST(set.stats().queued == 1u);
    loop.make_room(a);
    BOOST_REQUIRE(loop.log.size() == 2u);
    BOOST_TEST(loop.last().request.url.starts_with(a));
}

// A loop knows its hosts by the URLs of requests, not by how an option spells them.
BOOST_AUTO_TEST_CASE(a_host_is_asked_for_by_the_origin_of_its_requests) {
    for (const auto& domain : spellings(a, "A.Example")) {
        scripted_loop one;
        call_log calls;
        flow_set set{one, at_once};
        one.full = {a};
        set.add(calls.handlers(), at(domain));
        one.run_for(1s);
        BOOST_TEST(one.log.empty(), domain);
        one.make_room(a);
        BOOST_REQUIRE(one.log.size() == 1u);
        BOOST_TEST(one.last().request.url.starts_with(a + "/"));
    }
}

BOOST_AUTO_TEST_CASE(the_same_holds_for_polls_that_moved_to_lark) {
    for (const auto& domain : spellings(b, "B.Example")) {
        scripted_loop one;
        call_log calls;
        flow_set set{one, at_once};
        one.full = {b};
        auto opts = at(a);
        opts.lark_domain = domain;
        set.add(calls.handlers(), opts);
        one.fire();
        one.answer(one.last().id, begin_reply());
        one.run_for(6s);
        one.answer(one.last().id, lark_reply());
        one.run_for(20s);
        BOOST_TEST(one.last().request.url.starts_with(a), domain);
        const auto sent = one.log.size();
        one.make_room(b);
        BOOST_REQUIRE(one.log.size() == sent + 1);
        BOOST_TEST(one.last().request.url.starts_with(b + "/"));
    }
}

BOOST_AUTO_TEST_CASE(no_time_runs_while_a_request_waits_for_room) {
    flow_set set{loop, at_once};
    loop.full = {a};
    auto opts = at(a);
    opts.request_timeout = 2s;
    opts.start_budget = 3s;
    set.add(at_a.handlers(), opts);
    loop.run_for(24h);
    BOOST_TEST(at_a.text().empty());
    loop.make_room(a);
    BOOST_REQUIRE(loop.log.size() == 1u);
    BOOST_TEST((loop.last().request.timeout == 2s));
    loop.run_for(1999ms);
    BOOST_TEST(loop.abandoned.empty());
    loop.answer(begin_reply());
    loop.answer(app_reply());
    BOOST_TEST(at_a.text() == "qr, app cli_1");
}

BOOST_AUTO_TEST_CASE(what_waits_for_room_wakes_nothing_and_is_not_asked_for_again) {
    flow_set set{loop, at_once};
    loop.full = {a};
    for (int i = 0; i < 100; ++i) set.add(at_a.handlers(), at(a));
    loop.run_for(1h);
    BOOST_TEST(loop.log.empty());
    BOOST_TEST(!loop.timer.has_value());
    BOOST_TEST(loop.asked == 1u, "a refused host is refused as a whole");
    BOOST_TEST(loop.armings <= 2u);
    loop.timer_expired();
    BOOST_TEST(loop.asked == 1u);
    loop.room_freed();  // no room yet, whatever the loop says
    BOOST_TEST(loop.asked == 2u);
    BOOST_TEST(loop.log.empty());
}

BOOST_AUTO_TEST_CASE(a_host_that_was_refused_is_asked_for_again_after_a_call_for_another) {
    flow_set set{loop, at_once};
    loop.full = {a, b};
    set.add(at_a.handlers(), at(a));
    set.add(at_b.handlers(), at(b));
    loop.run_for(1s);
    BOOST_TEST(loop.asked == 2u);
    loop.make_room(b);
    BOOST_TEST(loop.asked == 4u);
    BOOST_TEST(loop.log.size() == 1u);
    loop.make_room(a);
    BOOST_TEST(loop.log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(polls_come_before_starts_once_there_is_room) {
    flow_set set{loop, at_once};
    call_log polls, starts;
    set.add(polls.handlers(), at(a));
    loop.run_for(0s);
    loop.answer(begin_reply());
    loop.answer(pending_reply());
    loop.full = {a};
    set.add(starts.handlers(), at(a));
    loop.run_for(10s);
    BOOST_TEST(loop.log.size() == 2u);
    loop.make_room(a);
    BOOST_REQUIRE(loop.log.size() == 4u);
    BOOST_TEST(step_of(loop.log[2].request) == "poll");
    BOOST_TEST(step_of(loop.log[3].request) == "begin");
}

BOOST_AUTO_TEST_CASE(a_registration_that_waits_for_room_can_be_cancelled_and_its_host_forgotten) {
    flow_set set{loop, at_once};
    loop.full = {a};
    const auto id = set.add(at_a.handlers(), at(a));
    loop.run_for(1s);
    BOOST_TEST(set.cancel(id));
    BOOST_TEST(at_a.text() == "abort");
    loop.make_room(a);
    BOOST_TEST(loop.log.empty());
    BOOST_TEST(set.waiting_for_turn() == 0u);
    set.add(at_b.handlers(), at(a));
    loop.run_for(1s);
    BOOST_TEST(loop.log.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_limit_of_the_whole_call_ends_one_that_waits_for_room) {
    flow_set set{loop, at_once};
    loop.full = {a};
    auto opts = at(a);
    opts.give_up_after = 60s;
    set.add(at_a.handlers(), opts);
    loop.run_for(59s);
    BOOST_TEST(at_a.text().empty());
    loop.run_for(1s);
    BOOST_TEST(at_a.text() == "timeout");
    BOOST_TEST(loop.log.empty());
}

BOOST_AUTO_TEST_CASE(a_burst_after_a_refusal_is_sent_in_turns_like_any_other) {
    auto options = at_once;
    options.max_starts_per_second = 0;
    flow_set set{loop, options};
    loop.full = {a};
    std::vector<std::unique_ptr<call_log>> all;
    for (int i = 0; i < 100; ++i) set.add(all.emplace_back(std::make_unique<call_log>())->handlers(), at(a));
    loop.run_for(1s);
    loop.make_room(a);
    BOOST_TEST(loop.log.size() == 32u);
    BOOST_REQUIRE(loop.timer.has_value());
    BOOST_TEST((*loop.timer <= loop.clock));
    loop.run_for(0s);
    BOOST_TEST(loop.log.size() == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
