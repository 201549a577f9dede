// SPDX-License-Identifier: MIT
// Answers, cancels and exceptions from within the functions of the loop and the handlers.
#include "scripted_loop.hpp"

#include <deque>
#include <stdexcept>

using namespace lark;
using namespace lark::test;
using injected::flow_set;

BOOST_AUTO_TEST_SUITE(flow_set_reentrancy)

BOOST_AUTO_TEST_CASE(an_answer_within_abandon_request_is_ignored_and_frees_one_place) {
    for (const bool cancels : {false, true}) {
        scripted_loop loop;
        flow_set set{loop, {.max_requests = 1, .max_starts_per_second = 0, .timer_slack = 0ms}};
        call_log late, next;
        unsigned abandoned = 0;
        loop.on_abandon = [&](request_handle id) {  // a stack whose abort calls its completion at once
            ++abandoned;
            BOOST_TEST(!loop.deliver(id, transport_failure{transport_failure_kind::cut, "aborted"}));
        };
        auto impatient = straight();
        impatient.start_budget = 15s;
        const auto id = set.add(late.handlers(), impatient);
        static_cast<void>(set.add(next.handlers(), straight()));
        loop.run_until(loop.clock);
        if (cancels) BOOST_TEST(set.cancel(id));
        else loop.run_for(15s);
        BOOST_TEST(late.text() == (cancels ? "abort" : "timeout"));
        BOOST_TEST(abandoned == 1u);
        BOOST_TEST(set.requests_in_flight() == 1u);
        BOOST_REQUIRE(loop.log.size() == 2u);
        BOOST_TEST(loop.answer(denied_reply()));
        BOOST_TEST(next.text() == "access_denied");
        BOOST_TEST(set.requests_in_flight() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_request_is_abandoned_before_its_end_is_told) {
    // After a suspend the next poll is due at once: an answer that were still taken would queue the registration twice.
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 1, .timer_slack = 0ms}};
    call_log h, other;
    request_handle poll{};
    auto handlers = h.handlers();
    handlers.on_status_change = [&](const registration::status_change& s) {
        h.words.emplace_back(to_string(s.status));
        if (s.status != registration::status::retrying) return;
        BOOST_TEST((loop.abandoned == std::vector{poll}));
        BOOST_TEST(!loop.deliver(poll, pending_reply()));
    };
    static_cast<void>(set.add(handlers, straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply("a", 5, 60));
    loop.answer(pending_reply());
    loop.fire();
    poll = loop.last().id;
    static_cast<void>(set.add(other.handlers(), straight()));
    loop.clock += 59s;  // past the request's timeout and past the time of the last poll
    loop.fire();
    BOOST_TEST(set.requests_in_flight() == 1u);
    BOOST_TEST(set.waiting_for_turn() == 1u);
    for (int i = 0; i < 10 && !loop.out.empty(); ++i) loop.answer(loop.out.begin()->first, denied_reply());
    BOOST_TEST(h.words.back() == "access_denied");
    BOOST_TEST(other.text() == "access_denied");
    BOOST_TEST(set.empty());
    BOOST_TEST(set.requests_in_flight() == 0u);
    BOOST_TEST(set.waiting_for_turn() == 0u);
}

BOOST_AUTO_TEST_CASE(credentials_that_came_within_start_request_survive_a_cancel_there) {
    for (const bool all : {false, true}) {
        scripted_loop loop;
        flow_set set{loop, at_once};
        call_log h;
        const auto id = add_waiting(loop, set, h);
        loop.on_start = [&](request_handle request, const http_request&) {
            loop.out.erase(request);
            BOOST_TEST(loop.deliver(request, app_reply()));
            if (all) set.cancel_all();
            else BOOST_TEST(set.cancel(id));
        };
        loop.fire();
        BOOST_TEST(h.text() == "qr, polling, app cli_1");
        BOOST_TEST(set.empty());
        BOOST_TEST(set.requests_in_flight() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(credentials_that_came_within_start_request_survive_its_exception) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    loop.on_start = [&](request_handle request, const http_request&) {
        loop.out.erase(request);
        BOOST_TEST(loop.deliver(request, app_reply()));
        throw std::runtime_error{"after the answer"};
    };
    loop.fire();
    BOOST_TEST(h.text() == "qr, polling, app cli_1!");
    BOOST_TEST(set.empty());
    BOOST_TEST(set.requests_in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_end_does_not_survive_a_cancel_within_start_request) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    const auto id = add_waiting(loop, set, h);
    loop.on_start = [&](request_handle request, const http_request&) {
        loop.out.erase(request);
        BOOST_TEST(loop.deliver(request, pending_reply()));
        BOOST_TEST(set.cancel(id));
    };
    loop.fire();
    BOOST_TEST(h.text() == "qr, polling, abort");
    BOOST_TEST(loop.abandoned.empty());
    BOOST_TEST(set.empty());
}

BOOST_AUTO_TEST_CASE(a_loop_may_add_while_the_set_is_destroyed) {
    scripted_loop loop;
    std::deque<call_log> all;
    {
        flow_set set{loop, {.max_starts_per_second = 0}};
        for (int i = 0; i < 20; ++i) static_cast<void>(set.add(all.emplace_back().handlers(), straight()));
        loop.run_for(1ms);
        BOOST_TEST(loop.out.size() == 20u);
        loop.on_abandon = [&](request_handle id) {
            for (int i = 0; i < 10; ++i) static_cast<void>(set.add(all.emplace_back().handlers(), straight()));
            BOOST_TEST(!loop.deliver(id, transport_failure{transport_failure_kind::cut, "aborted"}));
        };
    }
    BOOST_TEST(loop.abandoned.size() == 20u);
    for (const auto& h : all) BOOST_TEST(h.text().empty());
}

BOOST_AUTO_TEST_SUITE_END()
