// SPDX-License-Identifier: MIT
// Timers that go off early, for no reason or not at all, and timer functions that throw.
#include "scripted_loop.hpp"

#include <memory>

using namespace lark;
using namespace lark::test;
using injected::flow_set;

namespace {

/// The timer goes off when the time of the timer has come, less `early`.
void fire_early(scripted_loop& loop, duration early) {
    BOOST_REQUIRE(loop.timer.has_value());
    loop.clock = std::max(loop.clock, *loop.timer - early);
    loop.timer.reset();
    loop.timer_expired();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_set_timer)

BOOST_AUTO_TEST_CASE(a_timer_that_goes_off_early_sends_no_poll_early) {
    for (const auto slack : {0ms, 1ms, 8ms})
        for (const duration early : {duration{1ns}, duration{400us}, duration{1ms}}) {
            scripted_loop loop;
            flow_set set{loop, {.timer_slack = slack}};
            call_log h;
            static_cast<void>(add_waiting(loop, set, h));
            for (int i = 0; i < 20; ++i) {
                const auto due = loop.clock + 5s;
                const auto before = loop.log.size();
                unsigned calls = 0;
                while (loop.log.size() == before) {
                    fire_early(loop, early);
                    BOOST_REQUIRE(++calls <= 3u);  // it does not spin
                }
                BOOST_TEST((loop.clock >= due), "a poll came " << (due - loop.clock).count() << " ns early");
                BOOST_TEST((loop.clock <= due + slack + 1ms), "a poll came late");
                BOOST_TEST(loop.answer(pending_reply()));
            }
        }
}

BOOST_AUTO_TEST_CASE(a_timer_that_is_rounded_down_to_milliseconds_sends_no_poll_early) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    for (int i = 0; i < 50; ++i) {
        const auto due = loop.clock + 5s;
        const auto before = loop.log.size();
        unsigned calls = 0;
        while (loop.log.size() == before) {
            const auto left = std::max(*loop.timer - loop.clock, duration{0});
            loop.clock += std::chrono::floor<std::chrono::milliseconds>(left);
            loop.timer.reset();
            loop.timer_expired();
            BOOST_REQUIRE(++calls <= 3u);
        }
        BOOST_TEST((loop.clock >= due));
        BOOST_TEST((loop.clock <= due + 1ms));
        loop.clock += 300us;  // the reply takes a while
        BOOST_TEST(loop.answer(pending_reply()));
    }
}

BOOST_AUTO_TEST_CASE(a_wait_for_a_deadline_is_rounded_up_and_made_of_pieces) {
    scripted_loop loop;
    const auto wait = [&](duration ahead) { return loop.time_until(loop.clock + ahead); };
    BOOST_TEST((loop.time_until(time_point::min()) == 0ms));
    BOOST_TEST((wait(-1ns) == 0ms));
    BOOST_TEST((wait(0ns) == 0ms));
    BOOST_TEST((wait(1ns) == 1ms));
    BOOST_TEST((wait(1ms) == 1ms));
    BOOST_TEST((wait(4s + 1ns) == 4001ms));
    BOOST_TEST((wait(5s) == 5000ms));
    BOOST_TEST((wait(5s + 1ns) == 5000ms));
    BOOST_TEST((loop.time_until(time_point::max()) == 5000ms));
}

BOOST_AUTO_TEST_CASE(a_registration_whose_timer_cannot_be_armed_is_not_added) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    loop.timer_fails = true;
    BOOST_CHECK_THROW(static_cast<void>(set.add(h.handlers(), straight())), std::runtime_error);
    BOOST_TEST(set.empty());
    BOOST_TEST(set.waiting_for_turn() == 0u);
    loop.timer_fails = false;
    set.cancel_all();
    BOOST_TEST(h.text().empty());
    call_log next;
    static_cast<void>(set.add(next.handlers(), straight()));
    loop.run_for(10ms);
    BOOST_TEST(loop.answer(denied_reply()));
    BOOST_TEST(next.text() == "access_denied");
    BOOST_TEST(h.text().empty());
}

BOOST_AUTO_TEST_CASE(a_timer_that_could_not_be_armed_is_armed_by_the_next_call) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    loop.fire();
    loop.timer.reset();
    loop.timer_fails = true;
    BOOST_CHECK_THROW(loop.answer(pending_reply()), std::runtime_error);
    BOOST_TEST(set.size() == 1u);
    loop.timer_fails = false;
    loop.timer_expired();
    BOOST_REQUIRE(loop.timer.has_value());
    BOOST_TEST((*loop.timer == loop.clock + 5s));
    loop.fire();
    BOOST_TEST(loop.answer(app_reply()));
    BOOST_TEST(h.text() == "qr, polling, polling, app cli_1");
}

BOOST_AUTO_TEST_CASE(a_disarm_timer_that_throws_does_not_end_the_process) {
    scripted_loop loop;
    {
        flow_set set{loop, at_once};
        call_log h;
        static_cast<void>(add_waiting(loop, set, h));
        loop.timer_fails = true;
    }
    BOOST_TEST(loop.disarmings == 0u);
}

BOOST_AUTO_TEST_CASE(no_timer_is_left_to_a_set_that_is_gone) {
    // A call for no reason just before the end, before or after the deadline: the timer of the loop still runs.
    for (const duration late : {duration{0s}, duration{1h}}) {
        scripted_loop loop;
        auto set = std::make_unique<flow_set>(loop, at_once);
        call_log h;
        auto handlers = h.handlers();
        handlers.on_finished = [&](const auto&, const auto&) {
            loop.clock += late;
            loop.timer_expired();
        };
        const auto id = set->add(handlers, straight());
        loop.run_until(loop.clock);
        BOOST_TEST(loop.timer.has_value());
        BOOST_TEST(set->cancel(id));
        BOOST_TEST(!loop.timer.has_value());
        set.reset();
        BOOST_TEST(!loop.timer.has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
