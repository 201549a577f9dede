// SPDX-License-Identifier: MIT
// One timer for several handlers.
#include "recorder.hpp"

#include <stdexcept>

using namespace lark;
using namespace lark::test;

BOOST_FIXTURE_TEST_SUITE(shared_loop_timer, two_handlers)

BOOST_AUTO_TEST_CASE(it_is_armed_for_the_earliest_deadline) {
    const auto start = loop.clock;
    a.arm(start + 5s);
    BOOST_TEST((*loop.timer == start + 5s));
    b.arm(start + 2s);
    BOOST_TEST((*loop.timer == start + 2s));
    b.arm(start + 9s);
    BOOST_TEST((*loop.timer == start + 5s));
    a.disarm();
    BOOST_TEST((*loop.timer == start + 9s));
    b.disarm();
    BOOST_TEST(!loop.timer);
    a.disarm();
    BOOST_TEST(loop.disarmings == 1u);
}

BOOST_AUTO_TEST_CASE(it_is_not_touched_while_the_earliest_deadline_stays) {
    a.arm(loop.clock + 1s);
    b.arm(loop.clock + 2s);
    b.arm(loop.clock + 3s);
    b.disarm();
    BOOST_TEST(loop.armings == 1u);
    a.send(1);
    BOOST_TEST(loop.answer(loop.last().id, reply(200, "")));
    BOOST_TEST(loop.armings == 1u);
}

BOOST_AUTO_TEST_CASE(each_handler_is_called_at_its_own_deadline) {
    const auto start = loop.clock;
    a.arm(start + 1s);
    b.arm(start + 2s);
    loop.fire();
    BOOST_TEST(a.take_calls() == "timer");
    BOOST_TEST(b.take_calls().empty());
    BOOST_TEST((*loop.timer == start + 2s));
    loop.fire();
    BOOST_TEST(a.take_calls().empty());
    BOOST_TEST(b.take_calls() == "timer");
    BOOST_TEST(!loop.timer);
}

BOOST_AUTO_TEST_CASE(a_late_timer_calls_all_that_are_due_the_earliest_first) {
    std::string order;
    a.on_call = [&](const auto&) { order += 'a'; };
    b.on_call = [&](const auto&) { order += 'b'; };
    a.arm(loop.clock + 2s);
    b.arm(loop.clock + 1s);
    loop.clock += 10s;
    loop.fire();
    BOOST_TEST(order == "ba");
}

BOOST_AUTO_TEST_CASE(a_deadline_in_the_past_is_for_the_next_turn) {
    // As a flow_set does that has more to send.
    b.arm(loop.clock + 1h);
    a.on_call = [&](const auto&) { a.arm(loop.clock - 1s); };
    a.arm(loop.clock);
    for (int i = 0; i < 3; ++i) {
        loop.fire();
        BOOST_TEST(a.take_calls() == "timer");
        BOOST_TEST((*loop.timer <= loop.clock));
    }
    BOOST_TEST(b.take_calls().empty());
}

BOOST_AUTO_TEST_CASE(one_that_is_due_is_not_called_after_another_has_disarmed_or_moved_it) {
    for (const bool moves : {false, true}) {
        a.on_call = [&](const auto&) {
            if (moves) b.arm(loop.clock + 5s);
            else b.disarm();
        };
        a.arm(loop.clock + 1s);
        b.arm(loop.clock + 1s);
        loop.fire();
        BOOST_TEST(a.take_calls() == "timer");
        BOOST_TEST(b.take_calls().empty());
        BOOST_TEST(loop.timer.has_value() == moves);
        if (!moves) continue;
        loop.fire();
        BOOST_TEST(b.take_calls() == "timer");
    }
}

BOOST_AUTO_TEST_CASE(a_timer_that_rounds_down_costs_one_wake_up) {
    const auto deadline = loop.clock + 1s;
    a.arm(deadline);
    loop.clock = deadline - 400us;
    loop.timer.reset();
    loop.timer_expired();
    BOOST_TEST(a.take_calls().empty());
    BOOST_TEST((*loop.timer == deadline + 1ms));
    loop.fire();
    BOOST_TEST(a.take_calls() == "timer");
    a.arm(loop.clock + 1s);
    BOOST_TEST((*loop.timer == loop.clock + 1s + 1ms), "it has learned that");
}

BOOST_AUTO_TEST_CASE(a_spurious_call_does_nothing) {
    loop.timer_expired();
    a.arm(loop.clock + 10s);
    loop.timer.reset();
    loop.timer_expired();
    BOOST_TEST(a.take_calls().empty());
    BOOST_TEST((*loop.timer == loop.clock + 10s));
}

BOOST_AUTO_TEST_CASE(a_timer_from_within_start_request_takes_effect_after_it) {
    a.arm(loop.clock + 1s);
    b.arm(loop.clock + 1s);
    loop.clock += 2s;
    loop.on_start = [&](request_handle, const http_request&) {
        loop.timer.reset();
        loop.timer_expired();
        BOOST_TEST(!loop.timer, "armed within start_request");
    };
    a.send(1);
    BOOST_TEST((a.take_calls().empty() && b.take_calls().empty()));
    BOOST_REQUIRE(loop.timer.has_value());
    loop.fire();
    BOOST_TEST(a.take_calls() == "timer");
    BOOST_TEST(b.take_calls() == "timer");
}

BOOST_AUTO_TEST_CASE(exceptions_of_one_keep_no_other_from_its_turn) {
    a.on_call = [](const auto&) { throw std::runtime_error{"a"}; };
    b.on_call = [&](const auto&) {
        b.arm(loop.clock + 3s);
        throw std::runtime_error{"b"};
    };
    a.arm(loop.clock);
    b.arm(loop.clock);
    BOOST_CHECK_EXCEPTION(loop.fire(), std::runtime_error, [](const auto& e) { return e.what() == std::string{"a"}; });
    BOOST_TEST(a.take_calls() == "timer");
    BOOST_TEST(b.take_calls() == "timer");
    BOOST_TEST((*loop.timer == loop.clock + 3s));
}

BOOST_AUTO_TEST_CASE(a_timer_that_cannot_be_armed_throws_at_the_caller_and_is_armed_by_the_next_call) {
    loop.timer_fails = true;
    BOOST_CHECK_THROW(a.arm(loop.clock + 1s), std::runtime_error);
    loop.timer_fails = false;
    b.send(1);
    BOOST_TEST((*loop.timer == loop.clock + 1s));

    loop.timer_fails = true;
    BOOST_CHECK_THROW(a.disarm(), std::runtime_error);
    loop.timer_fails = false;
    loop.fire();
    BOOST_TEST(a.take_calls().empty(), "it was disarmed");

    b.arm(loop.clock + 1s);
    a.on_call = [&](const auto&) { loop.timer_fails = true; };
    a.arm(loop.clock);
    BOOST_CHECK_THROW(loop.fire(), std::runtime_error);
    loop.timer_fails = false;
    BOOST_TEST(loop.answer(loop.last().id, reply(200, "")));
    BOOST_TEST((*loop.timer == loop.clock + 1s));
}

BOOST_AUTO_TEST_SUITE_END()
