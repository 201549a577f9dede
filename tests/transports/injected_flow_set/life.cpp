// SPDX-License-Identifier: MIT
// One registration in a flow_set, and its timer.
#include "scripted_loop.hpp"

#include <limits>

using namespace lark;
using namespace lark::test;
using injected::flow_set;

BOOST_AUTO_TEST_SUITE(flow_set_life)

BOOST_AUTO_TEST_CASE(add_only_arms_the_timer) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    static_cast<void>(set.add(h.handlers()));
    BOOST_TEST(loop.log.empty());
    BOOST_TEST(h.words.empty());
    BOOST_REQUIRE(loop.timer.has_value());
    BOOST_TEST((*loop.timer <= loop.clock));
    BOOST_TEST(set.size() == 1u);
    BOOST_TEST(set.waiting_for_turn() == 1u);
    loop.fire();
    BOOST_REQUIRE(loop.log.size() == 1u);
    BOOST_TEST(step_of(loop.last().request) == "init");
    BOOST_TEST(set.waiting_for_turn() == 0u);
    BOOST_TEST(set.requests_in_flight() == 1u);
}

BOOST_AUTO_TEST_CASE(from_init_to_the_app) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    static_cast<void>(set.add(h.handlers()));
    loop.fire();
    BOOST_TEST(loop.last().request.url == "https://accounts.feishu.cn/oauth/v1/app/registration");
    BOOST_TEST(loop.answer(init_reply()));
    BOOST_TEST(step_of(loop.last().request) == "begin");
    BOOST_TEST(loop.answer(begin_reply()));
    BOOST_TEST(h.text() == "qr");
    BOOST_TEST(step_of(loop.last().request) == "poll");
    BOOST_TEST(loop.answer(pending_reply()));
    const auto wait = *loop.timer;
    BOOST_TEST((wait == loop.clock + 5s));
    loop.fire();
    BOOST_TEST(loop.log.size() == 4u);
    BOOST_TEST((loop.last().at == wait));
    BOOST_TEST(loop.answer(app_reply()));
    BOOST_TEST(h.text() == "qr, polling, app cli_1");
    BOOST_TEST(std::get<registration::app>(*h.result).client_secret.reveal() == "s-cli_1");
    BOOST_TEST(!h.exception);
    BOOST_TEST(set.empty());
    BOOST_TEST(set.requests_in_flight() == 0u);
    BOOST_TEST(!loop.timer.has_value(), "a timer is left that nobody waits for");
    BOOST_TEST(loop.abandoned.empty());
}

BOOST_AUTO_TEST_CASE(the_callers_mistakes_are_told_at_once_and_add_nothing) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    auto without_qr = h.handlers();
    without_qr.on_qr_code = nullptr;
    BOOST_CHECK_THROW(static_cast<void>(set.add(without_qr)), registration::invalid_option);
    auto without_end = h.handlers();
    without_end.on_finished = nullptr;
    BOOST_CHECK_THROW(static_cast<void>(set.add(without_end)), registration::invalid_option);
    BOOST_CHECK_THROW(static_cast<void>(set.add(h.handlers(), {.domain = "ftp://x"})), registration::invalid_option);
    BOOST_TEST(set.empty());
    BOOST_TEST(loop.armings == 0u);
    const std::pair<injected::flow_set_options, std::string> refused[] = {
        {{.max_requests = 0}, "max_requests"},
        {{.max_requests_per_host = 0}, "max_requests_per_host"},
        {{.timer_slack = -1ms}, "timer_slack"},
        {{.timer_slack = 1001ms}, "timer_slack"},
        {{.timer_slack = std::chrono::milliseconds::max()}, "timer_slack"},
        {{.timer_slack = std::chrono::milliseconds::min()}, "timer_slack"},
        {{.timer_slack = std::chrono::milliseconds{18'446'744'073'710}}, "timer_slack"},  // 448,384 ns modulo 2^64
    };
    for (const auto& wrong : refused) {
        const auto named = [&](const registration::invalid_option& e) {
            return e.option() == wrong.second && std::string{e.what()}.starts_with(wrong.second + ' ');
        };
        BOOST_CHECK_EXCEPTION((flow_set{loop, wrong.first}), registration::invalid_option, named);
    }
}

BOOST_AUTO_TEST_CASE(on_status_change_may_be_left_out) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    auto handlers = h.handlers();
    handlers.on_status_change = nullptr;
    static_cast<void>(set.add(handlers, straight()));
    loop.fire();
    loop.answer(begin_reply());
    loop.answer(pending_reply());
    loop.fire();
    loop.answer(denied_reply());
    BOOST_TEST(h.text() == "qr, access_denied");
}

BOOST_AUTO_TEST_CASE(a_request_that_takes_too_long_is_abandoned_and_its_late_answer_ignored) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    loop.fire();
    const auto slow = loop.last();
    BOOST_TEST((*loop.timer == slow.at + 15s));
    loop.fire();
    BOOST_TEST((loop.abandoned == std::vector{slow.id}));
    BOOST_TEST(set.requests_in_flight() == 0u);
    BOOST_TEST(h.text() == "qr, polling, retrying");
    BOOST_TEST(!loop.deliver(slow.id, app_reply()));
    BOOST_TEST(!loop.deliver(slow.id, transport_failure{}));
    BOOST_TEST(h.text() == "qr, polling, retrying");
    loop.fire();  // the next try
    BOOST_TEST(loop.log.size() == 4u);
    BOOST_TEST((loop.last().id != slow.id));
    BOOST_TEST(!loop.deliver(slow.id, app_reply()), "an answer to an older request of the same registration");
    BOOST_TEST(loop.answer(app_reply("cli_2")));
    BOOST_TEST(h.text() == "qr, polling, retrying, app cli_2");
}

BOOST_AUTO_TEST_CASE(an_answer_counts_once) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    BOOST_TEST(!loop.deliver(loop.last().id, app_reply()), "answered before");
    BOOST_TEST(!loop.deliver(request_handle{}, app_reply()));
    BOOST_TEST(!loop.deliver(request_handle{std::numeric_limits<std::uint64_t>::max()}, app_reply()));
    BOOST_TEST(h.text() == "qr, polling");
}

BOOST_AUTO_TEST_CASE(a_former_tenants_answer_is_not_the_new_tenants) {
    scripted_loop loop;
    flow_set set{loop};
    call_log first;
    const auto id = add_waiting(loop, set, first);
    loop.fire();
    const auto old = loop.last().id;
    BOOST_TEST(set.cancel(id));
    for (int tenant = 0; tenant < 20; ++tenant) {  // the one slot again and again
        call_log next;
        const auto next_id = add_waiting(loop, set, next);
        BOOST_TEST((next_id != id));
        loop.fire();
        BOOST_TEST((loop.last().id != old));
        BOOST_TEST(!loop.deliver(old, app_reply("of another")));
        BOOST_TEST(!set.cancel(id));
        BOOST_TEST(loop.answer(app_reply()));
        BOOST_TEST(next.text() == "qr, polling, app cli_1");
    }
    BOOST_TEST(first.text() == "qr, polling, abort");
}

BOOST_AUTO_TEST_CASE(the_timer_is_touched_only_when_the_earliest_deadline_changes) {
    scripted_loop loop;
    flow_set set{loop};
    call_log a, b;
    static_cast<void>(add_waiting(loop, set, a, "a"));
    const auto first = *loop.timer;
    loop.clock += 1s;
    static_cast<void>(set.add(b.handlers(), straight()));
    loop.run_until(loop.clock);
    const auto before = loop.armings;
    loop.answer(begin_reply("b"));
    loop.answer(pending_reply());
    BOOST_TEST(loop.armings == before, "b's deadlines are all later than a's");
    BOOST_TEST((*loop.timer == first));
    loop.fire();
    BOOST_TEST(code_of(loop.last().request) == "a");
    BOOST_TEST((*loop.timer == first + 1s));
    BOOST_TEST(loop.armings == before + 1);
}

BOOST_AUTO_TEST_CASE(a_timer_that_goes_off_too_early_is_armed_again) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    const auto due = *loop.timer;
    const auto armings = loop.armings;
    loop.clock = due - 2ms;
    loop.timer.reset();
    loop.timer_expired();
    BOOST_TEST(loop.log.size() == 2u);
    BOOST_TEST((loop.timer == due));
    BOOST_TEST(loop.armings == armings + 1);
    loop.fire();
    BOOST_TEST(loop.log.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_timer_call_for_no_reason_changes_nothing) {
    scripted_loop loop;
    flow_set set{loop};
    loop.timer_expired();
    BOOST_TEST(loop.armings == 0u);
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    loop.clock += 1s;
    const auto due = loop.timer;
    for (int i = 0; i < 100; ++i) loop.timer_expired();
    BOOST_TEST(loop.log.size() == 2u);
    BOOST_TEST((loop.timer == due));
}

BOOST_AUTO_TEST_CASE(after_a_long_sleep_of_the_machine_one_poll_goes_out) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    loop.clock += 100s;
    loop.fire();
    BOOST_TEST(loop.log.size() == 3u);
    loop.run_until(loop.clock);
    BOOST_TEST(loop.log.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_does_no_harm) {
    scripted_loop loop;
    flow_set set{loop};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    const auto due = *loop.timer;
    loop.clock -= 100s;
    loop.timer_expired();
    BOOST_TEST(loop.log.size() == 2u);
    BOOST_TEST((*loop.timer == due));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_set_abandons_and_is_silent) {
    scripted_loop loop;
    call_log out, waiting, queued;
    {
        flow_set set{loop, {.max_requests = 1, .max_starts_per_second = 0}};
        static_cast<void>(add_waiting(loop, set, waiting));
        static_cast<void>(set.add(out.handlers()));
        loop.run_until(loop.clock);
        static_cast<void>(set.add(queued.handlers()));
        BOOST_TEST(loop.out.size() == 1u);
        BOOST_TEST(loop.timer.has_value());
    }
    BOOST_TEST(loop.out.empty());
    BOOST_TEST(!loop.timer.has_value());
    BOOST_TEST(waiting.text() == "qr, polling");
    BOOST_TEST(out.text().empty());
    BOOST_TEST(queued.text().empty());
}

BOOST_AUTO_TEST_SUITE_END()
