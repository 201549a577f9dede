// SPDX-License-Identifier: MIT
// Who may send, and when: places, turns, hosts, and the smoothing of starts.
#include "scripted_loop.hpp"

#include <deque>

using namespace lark;
using namespace lark::test;
using injected::flow_set;

namespace {

constexpr auto feishu = "https://accounts.feishu.cn";

/// Begins `count` registrations and lets their begin requests hang.
void add_many(flow_set& set, std::deque<call_log>& all, std::size_t count, registration::options opts = straight()) {
    for (std::size_t i = 0; i < count; ++i) static_cast<void>(set.add(all.emplace_back().handlers(), opts));
}

time_point started_at(const scripted_loop& loop, request_handle id) {
    return std::find_if(loop.log.rbegin(), loop.log.rend(), [id](const auto& s) { return s.id == id; })->at;
}

std::size_t out_at(const scripted_loop& loop, const std::string& host) {
    return static_cast<std::size_t>(
        std::count_if(loop.out.begin(), loop.out.end(), [&](const auto& o) { return o.second.url.starts_with(host); }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_set_turns)

BOOST_AUTO_TEST_CASE(no_more_requests_than_places_and_first_come_first_served) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 3, .max_starts_per_second = 0}};
    std::deque<call_log> all;
    std::vector<injected::registration_id> ids;
    for (int i = 0; i < 10; ++i) {
        auto opts = straight();
        opts.lark_domain = "https://lark" + std::to_string(i) + ".example";
        ids.push_back(set.add(all.emplace_back().handlers(), opts));
    }
    loop.fire();
    BOOST_TEST(loop.out.size() == 3u);
    BOOST_TEST(set.waiting_for_turn() == 7u);
    BOOST_TEST((!loop.timer || *loop.timer > loop.clock), "nothing to do until a place is free");
    for (int i = 0; i < 10; ++i) {  // every registration ends at its first reply; the oldest request is answered first
        BOOST_REQUIRE(!loop.out.empty());
        const auto oldest = loop.log[static_cast<std::size_t>(i)].id;
        BOOST_TEST(loop.answer(oldest, reply(400, R"({"error":"e)" + std::to_string(i) + "\"}")));
    }
    BOOST_TEST(loop.most_out == 3u);
    BOOST_TEST(set.empty());
    for (std::size_t i = 0; i < 10; ++i) BOOST_TEST(all[i].text() == "e" + std::to_string(i), "served out of turn");
}

BOOST_AUTO_TEST_CASE(no_time_runs_before_a_request_has_its_turn) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 1}};
    call_log first, second;
    auto patient = straight();
    patient.request_timeout = 10min;
    patient.start_budget = 1h;
    static_cast<void>(set.add(first.handlers(), patient));
    static_cast<void>(set.add(second.handlers(), straight()));
    loop.run_for(9min);
    BOOST_TEST(loop.log.size() == 1u);
    BOOST_TEST(loop.answer(denied_reply()));
    BOOST_REQUIRE(loop.log.size() == 2u);
    BOOST_TEST((loop.last().request.timeout == 15s));
    BOOST_TEST((*loop.timer == loop.clock + 15s));
    BOOST_TEST(second.text().empty());
}

BOOST_AUTO_TEST_CASE(a_limit_on_the_whole_call_counts_while_it_waits_for_its_turn) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 1, .max_starts_per_second = 0}};
    call_log first, second, third;
    auto patient = straight();
    patient.request_timeout = 10min;
    patient.start_budget = 1h;
    static_cast<void>(set.add(first.handlers(), patient));
    auto limited = straight();
    limited.give_up_after = 20s;
    static_cast<void>(set.add(second.handlers(), limited));
    static_cast<void>(set.add(third.handlers(), straight()));
    loop.run_for(19s);
    BOOST_TEST(second.text().empty());
    loop.run_for(1s);
    BOOST_TEST(second.text() == "timeout");
    BOOST_TEST(set.size() == 2u);
    BOOST_TEST(set.waiting_for_turn() == 1u);
    BOOST_TEST(loop.answer(denied_reply()));
    BOOST_TEST(loop.log.size() == 2u, "the third has its turn");
}

BOOST_AUTO_TEST_CASE(domains_of_one_gateway_are_one_host) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 10, .max_requests_per_host = 1, .max_starts_per_second = 0}};
    call_log a, b;
    for (auto* one : {&a, &b}) {
        auto opts = straight();
        opts.domain = one == &a ? "https://gw.example/feishu" : "https://gw.example/other/";
        static_cast<void>(set.add(one->handlers(), opts));
    }
    loop.fire();
    BOOST_TEST(loop.out.size() == 1u);
    BOOST_TEST(set.waiting_for_turn() == 1u);
}

BOOST_AUTO_TEST_CASE(a_waiting_registration_that_is_cancelled_gives_up_its_turn) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 1, .max_starts_per_second = 0}};
    call_log a, b, c;
    static_cast<void>(set.add(a.handlers(), straight()));
    const auto waiting = set.add(b.handlers(), straight());
    static_cast<void>(set.add(c.handlers(), straight()));
    loop.run_for(10ms);
    BOOST_TEST(set.waiting_for_turn() == 2u);
    BOOST_TEST(set.cancel(waiting));
    BOOST_TEST(b.text() == "abort");
    BOOST_TEST(set.waiting_for_turn() == 1u);
    BOOST_TEST(loop.log.size() == 1u);
    loop.answer(denied_reply());
    BOOST_TEST(loop.log.size() == 2u);
    loop.answer(denied_reply());
    BOOST_TEST(c.text() == "access_denied");
    BOOST_TEST(set.empty());
}

BOOST_AUTO_TEST_CASE(a_host_that_hangs_leaves_places_for_the_other) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 8, .max_requests_per_host = 6, .max_starts_per_second = 0}};
    std::deque<call_log> stuck, fine;
    auto other = straight();
    other.domain = "https://other.example/";  // the slash does not make it another host
    auto same_other = straight();
    same_other.domain = "https://other.example";
    add_many(set, stuck, 50);
    add_many(set, fine, 10, other);
    add_many(set, fine, 10, same_other);
    loop.fire();
    BOOST_TEST(loop.out.size() == 8u);
    for (int i = 0; i < 20; ++i) {
        const auto next = std::find_if(loop.out.begin(), loop.out.end(),
                                       [](const auto& o) { return o.second.url.starts_with("https://other"); });
        BOOST_REQUIRE(next != loop.out.end());
        loop.answer(next->first, denied_reply());
        BOOST_TEST(out_at(loop, feishu) <= 6u);
    }
    BOOST_TEST(out_at(loop, feishu) == 6u);
    for (const auto& h : fine) BOOST_TEST(h.text() == "access_denied");
    BOOST_TEST(set.size() == 50u);
}

BOOST_AUTO_TEST_CASE(after_the_switch_a_registration_counts_for_the_lark_host) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 10, .max_requests_per_host = 1, .max_starts_per_second = 0}};
    call_log moves, stays;
    static_cast<void>(set.add(moves.handlers(), straight()));
    loop.run_for(10ms);
    loop.answer(begin_reply("m"));
    loop.answer(lark_reply());
    BOOST_TEST(loop.last().request.url.starts_with("https://accounts.larksuite.com/"));
    static_cast<void>(set.add(stays.handlers(), straight()));
    loop.run_for(10ms);
    BOOST_TEST(loop.out.size() == 2u, "the place at the Feishu host is free again");
    loop.answer(begin_reply("s"));
    loop.answer(lark_reply());
    BOOST_TEST(loop.out.size() == 1u);
    BOOST_TEST(set.waiting_for_turn() == 1u, "the one place at the Lark host is taken");
    const auto lark = loop.out.begin()->first;
    loop.answer(lark, app_reply());
    BOOST_TEST(moves.text() == "qr, domain_switched, app cli_1");
    BOOST_TEST(loop.out.size() == 1u);
    loop.answer(app_reply("cli_2"));
    BOOST_TEST(stays.text() == "qr, domain_switched, app cli_2");
    BOOST_TEST(set.empty());
}

BOOST_AUTO_TEST_CASE(hosts_take_turns) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 1, .max_starts_per_second = 0}};
    std::deque<call_log> all;
    call_log first;
    static_cast<void>(set.add(first.handlers(), straight()));
    loop.fire();
    auto other = straight();
    other.domain = "https://other.example";
    add_many(set, all, 20);
    add_many(set, all, 3, other);
    for (int i = 0; i < 23; ++i) loop.answer(denied_reply());
    std::vector<std::size_t> turns;
    for (std::size_t i = 0; i < loop.log.size(); ++i)
        if (loop.log[i].request.url.starts_with("https://other")) turns.push_back(i);
    BOOST_TEST((turns == std::vector<std::size_t>{2, 4, 6}));
}

BOOST_AUTO_TEST_CASE(a_call_starts_no_more_than_32_requests_and_the_timer_brings_the_rest) {
    scripted_loop loop;
    flow_set set{loop, {.max_starts_per_second = 0}};
    std::deque<call_log> all;
    add_many(set, all, 100);
    for (const std::size_t expected : {32u, 64u, 96u, 100u}) {
        BOOST_REQUIRE(loop.timer.has_value());
        BOOST_TEST((*loop.timer <= loop.clock));
        loop.timer.reset();
        loop.timer_expired();
        BOOST_TEST(loop.log.size() == expected);
    }
    BOOST_TEST((*loop.timer == loop.clock + 15s));
}

BOOST_AUTO_TEST_CASE(starts_are_smoothed) {
    scripted_loop loop;
    flow_set set{loop, {.max_starts_per_second = 100, .timer_slack = 0ms}};
    const auto t0 = loop.clock;
    std::deque<call_log> all;
    add_many(set, all, 1000);
    loop.run_until(t0 + 1s - 1ns);
    BOOST_TEST(loop.log.size() == 100u);
    for (std::size_t i = 1; i < loop.log.size(); ++i) BOOST_TEST((loop.log[i].at - loop.log[i - 1].at == 10ms));
    BOOST_TEST((*loop.timer == t0 + 1s));
}

BOOST_AUTO_TEST_CASE(a_few_starts_are_not_held_up_and_idle_time_is_not_saved) {
    for (const auto slack : {0ms, 8ms}) {
        scripted_loop loop;
        flow_set set{loop, {.max_starts_per_second = 1000, .timer_slack = slack}};
        call_log quick;
        static_cast<void>(add_waiting(loop, set, quick));  // the service answers at once
        const auto before = loop.log.size();
        const auto few = static_cast<std::size_t>(5 + slack.count());
        std::deque<call_log> all;
        loop.clock += 4s;
        add_many(set, all, 100);
        loop.run_until(loop.clock);
        BOOST_TEST(loop.log.size() - before == few);
        loop.run_for(16ms);
        BOOST_TEST(loop.log.size() - before == few + 16u);
    }
}

BOOST_AUTO_TEST_CASE(with_a_slow_service_starts_take_about_half_of_the_places) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests_per_host = 600, .max_starts_per_second = 1000}};
    std::deque<call_log> all;
    add_many(set, all, 5000);
    for (int i = 0; i < 200; ++i) {  // every reply takes 2 s, so 600 / 2 / (3 * 2 s) = 50 starts a second
        loop.run_for(50ms);
        while (!loop.out.empty()) {
            const auto oldest = std::min_element(loop.out.begin(), loop.out.end(), [&](const auto& a, const auto& b) {
                return started_at(loop, a.first) < started_at(loop, b.first);
            });
            if (started_at(loop, oldest->first) > loop.clock - 2s) break;
            const auto begins = step_of(oldest->second) == "begin";
            loop.answer(oldest->first, begins ? begin_reply() : pending_reply());
        }
    }
    BOOST_TEST(loop.most_out <= 330u);
    const auto begun = 5000 - set.waiting_for_turn();
    BOOST_TEST(begun >= 450u);
    BOOST_TEST(begun <= 750u);
}

BOOST_AUTO_TEST_CASE(a_burst_of_5000_does_not_hold_up_a_poll) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 64, .timer_slack = 0ms}};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h, "due"));
    const auto due = *loop.timer;
    loop.clock = due - 10ms;
    std::deque<call_log> burst;
    add_many(set, burst, 5000);
    loop.on_start = [&](request_handle id, const http_request& r) {  // the service is quick
        if (step_of(r) == "begin") loop.deliver(id, begin_reply("x"));
        else if (code_of(r) == "x") loop.deliver(id, pending_reply());
        else return;
        loop.out.erase(id);
    };
    loop.run_until(due);
    const auto polled =
        std::find_if(loop.log.rbegin(), loop.log.rend(), [](const auto& s) { return code_of(s.request) == "due"; });
    BOOST_TEST((polled->at == due));
    BOOST_TEST(set.waiting_for_turn() > 4900u);
}

BOOST_AUTO_TEST_CASE(when_places_are_scarce_polls_go_before_starts) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 1, .max_starts_per_second = 0}};
    std::deque<call_log> polling, starting;
    for (int i = 0; i < 3; ++i)
        static_cast<void>(add_waiting(loop, set, polling.emplace_back(), "p" + std::to_string(i)));
    add_many(set, starting, 4);
    loop.clock += 6s;
    loop.fire();
    std::vector<std::string> order;
    while (!loop.out.empty()) {
        order.push_back(step_of(loop.last().request) + code_of(loop.last().request));
        loop.answer(denied_reply());
    }
    BOOST_TEST((order == std::vector<std::string>{"pollp0", "pollp1", "pollp2", "begin", "begin", "begin", "begin"}));
}

BOOST_AUTO_TEST_SUITE_END()
