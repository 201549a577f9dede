// SPDX-License-Identifier: MIT
// Requests of several handlers over one loop, and the way back of their answers.
#include "recorder.hpp"

#include <memory>
#include <optional>
#include <stdexcept>

using namespace lark;
using namespace lark::test;
using injected::shared_loop;

namespace {

const transport_failure cut{transport_failure_kind::cut, "cut"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(shared_loop_routes, two_handlers)

BOOST_AUTO_TEST_CASE(equal_handles_of_two_handlers_are_two_requests) {
    a.send(1);
    b.send(1);
    BOOST_REQUIRE(loop.log.size() == 2u);
    BOOST_TEST(loop.answer(loop.log[1].id, reply(201, "")));
    BOOST_TEST(loop.answer(loop.log[0].id, cut));
    BOOST_TEST(a.take_calls() == "1: cut");
    BOOST_TEST(b.take_calls() == "1: 201");
    BOOST_TEST(!loop.answer(loop.log[0].id, reply(200, "")), "an answer is delivered once");
}

BOOST_AUTO_TEST_CASE(the_request_is_passed_on_as_it_is) {
    const http_request request{
        .method = "PUT", .url = "https://y/", .headers = {{"A", "b"}}, .body = "c", .timeout = 7ms, .idempotent = true};
    view_a.start_request(request_handle{9}, request);
    BOOST_TEST((loop.last().request == request));
    BOOST_TEST((view_a.now() == loop.clock));
}

BOOST_AUTO_TEST_CASE(an_abandoned_request_is_abandoned_on_the_loop_and_its_answer_ignored) {
    a.send(1);
    b.send(1);
    loop.on_abandon = [&](request_handle id) { BOOST_TEST(!loop.answer(id, cut), "from within"); };
    a.abandon(1);
    BOOST_TEST((loop.abandoned == std::vector{loop.log[0].id}));
    BOOST_TEST(!loop.answer(loop.log[0].id, reply(200, "")));
    a.abandon(1);
    a.abandon(7);
    BOOST_TEST(loop.abandoned.size() == 1u);
    BOOST_TEST(a.take_calls().empty());
    BOOST_TEST(loop.answer(loop.log[1].id, reply(200, "")));
    BOOST_TEST(b.take_calls() == "1: 200");
}

BOOST_AUTO_TEST_CASE(a_request_that_is_not_started_throws_at_its_handler_alone) {
    loop.refuse = [](const http_request& r) { return r.url == "https://x/1"; };
    BOOST_CHECK_THROW(a.send(1), std::runtime_error);
    b.send(2);
    BOOST_TEST(loop.answer(loop.last().id, reply(200, "")));
    BOOST_TEST(b.take_calls() == "2: 200");
    loop.refuse = nullptr;
    a.send(2);
    BOOST_TEST(loop.answer(loop.last().id, reply(200, "")));
    BOOST_TEST(a.take_calls() == "2: 200");
}

BOOST_AUTO_TEST_CASE(an_answer_from_within_start_request_is_for_the_caller_at_once) {
    loop.on_start = [&](request_handle id, const http_request&) { BOOST_TEST(loop.answer(id, reply(200, ""))); };
    a.send(1);
    BOOST_TEST(a.take_calls() == "1: 200");
    BOOST_TEST(!loop.timer);
}

BOOST_AUTO_TEST_CASE(an_answer_to_another_handler_waits_for_the_next_turn) {
    for (const bool abandons : {false, true}) {
        a.send(1);
        b.send(1);
        const auto of_b = loop.last().id;
        const auto within = [&](request_handle) { BOOST_TEST(loop.answer(of_b, reply(200, ""))); };
        loop.on_start = [&](request_handle id, const http_request&) { within(id); };
        loop.on_abandon = within;
        if (abandons) a.abandon(1);
        else a.send(2);
        loop.on_start = nullptr;
        loop.on_abandon = nullptr;
        BOOST_TEST(b.take_calls().empty());
        BOOST_REQUIRE(loop.timer.has_value());
        BOOST_TEST((*loop.timer == loop.clock));
        loop.fire();
        BOOST_TEST(b.take_calls() == "1: 200");
        BOOST_TEST(a.take_calls().empty());
        BOOST_TEST(!loop.timer);
        a.abandon(1);
        a.abandon(2);
    }
}

BOOST_AUTO_TEST_CASE(a_late_answer_comes_before_one_that_follows_and_before_the_timer) {
    b.send(1);
    const auto first = loop.last().id;
    b.send(2);
    const auto second = loop.last().id;
    b.arm(loop.clock + 1s);
    loop.on_start = [&](request_handle, const http_request&) { loop.answer(first, reply(200, "")); };
    a.send(1);
    loop.on_start = nullptr;
    BOOST_TEST(loop.answer(second, reply(201, "")));
    BOOST_TEST(b.take_calls() == "1: 200, 2: 201");
    BOOST_TEST((*loop.timer == loop.clock + 1s));

    b.send(3);
    const auto third = loop.last().id;
    loop.on_start = [&](request_handle, const http_request&) { loop.answer(third, reply(202, "")); };
    a.send(2);
    loop.clock += 2s;
    loop.fire();
    BOOST_TEST(b.take_calls() == "3: 202, timer");
}

BOOST_AUTO_TEST_CASE(a_late_answer_is_dropped_when_its_request_is_abandoned) {
    b.send(1);
    const auto of_b = loop.last().id;
    loop.on_start = [&](request_handle, const http_request&) { BOOST_TEST(loop.answer(of_b, reply(200, ""))); };
    a.send(1);
    BOOST_TEST(!loop.answer(of_b, reply(201, "")), "an answer is taken once");
    b.abandon(1);
    BOOST_TEST(loop.abandoned.empty(), "the loop has answered it");
    BOOST_TEST(!loop.timer, "there is nothing to deliver");
    BOOST_TEST(b.take_calls().empty());
}

BOOST_AUTO_TEST_CASE(a_late_answer_waits_even_if_the_timer_cannot_be_armed) {
    b.send(1);
    const auto of_b = loop.last().id;
    loop.on_start = [&](request_handle, const http_request&) { loop.answer(of_b, reply(200, "")); };
    loop.timer_fails = true;
    a.send(1);  // it was started: no exception
    loop.on_start = nullptr;
    loop.timer_fails = false;
    a.send(2);  // the next call arms it
    BOOST_REQUIRE(loop.timer.has_value());
    loop.fire();
    BOOST_TEST(b.take_calls() == "1: 200");
}

BOOST_AUTO_TEST_CASE(late_answers_that_bring_about_others_do_not_keep_the_loop_from_its_turn) {
    // Each of two handlers answers an answer with a request, and the loop answers the other one's at once.
    std::optional<request_handle> of_a;
    std::optional<request_handle> of_b;
    std::uint64_t next = 0;
    a.on_call = [&](const auto&) { a.send(++next); };
    b.on_call = [&](const auto&) { b.send(++next); };
    loop.on_start = [&](request_handle id, const http_request&) {
        auto& mine = of_a && *of_a < id && (!of_b || *of_b > *of_a) ? of_b : of_a;
        auto& other = &mine == &of_a ? of_b : of_a;
        mine = id;
        if (other) loop.answer(*std::exchange(other, std::nullopt), reply(200, ""));
    };
    a.send(++next);
    b.send(++next);
    for (int i = 0; i < 10; ++i) {
        const auto before = next;
        loop.fire();
        BOOST_TEST(next <= before + 2);
    }
    BOOST_TEST(next >= 10u);
}

BOOST_AUTO_TEST_CASE(a_handler_is_not_called_after_it_has_detached) {
    std::optional<recorder> c;
    shared_loop::view view_c{shared};
    c.emplace(view_c);
    c->send(1);
    c->arm(loop.clock);
    const auto of_c = loop.last().id;
    c.reset();
    BOOST_TEST(!loop.answer(of_c, reply(200, "")));
    loop.fire();
    recorder d{view_c};
    d.send(1);
    BOOST_TEST(loop.answer(loop.last().id, reply(200, "")));
    BOOST_TEST(d.take_calls() == "1: 200");
}

BOOST_AUTO_TEST_CASE(a_view_that_is_destroyed_leaves_nothing_on_the_loop) {
    auto view_c = std::make_unique<shared_loop::view>(shared);
    auto c = std::make_unique<recorder>(*view_c);
    c->send(1);
    const auto first = loop.last().id;
    c->send(2);
    const auto second = loop.last().id;
    c->arm(loop.clock + 1s);
    loop.on_abandon = [&](request_handle id) { BOOST_TEST(!loop.answer(id, cut)); };
    c.reset();
    view_c.reset();
    std::sort(loop.abandoned.begin(), loop.abandoned.end());
    BOOST_TEST((loop.abandoned == std::vector{first, second}));
    BOOST_TEST(!loop.timer);
    BOOST_TEST(!loop.answer(first, reply(200, "")));

    shared_loop::view again{shared};  // takes the free slot
    recorder d{again};
    d.arm(loop.clock + 1s);
    loop.fire();
    BOOST_TEST(d.take_calls() == "timer");
}

BOOST_AUTO_TEST_CASE(a_handler_and_its_view_may_be_destroyed_by_themselves_and_by_others) {
    auto view_c = std::make_unique<shared_loop::view>(shared);
    auto c = std::make_unique<recorder>(*view_c);
    const auto destroys = [&](const auto&) {
        c.reset();
        view_c.reset();
    };
    c->send(1);
    c->arm(loop.clock + 1s);
    const auto of_c = loop.last().id;
    c->on_call = [destroys](const auto& w) {  // a copy: the handler that holds it is destroyed
        const auto held = destroys;
        held(w);
    };
    BOOST_TEST(loop.answer(of_c, reply(200, "")));
    BOOST_TEST(!c);
    BOOST_TEST(!loop.timer);

    view_c = std::make_unique<shared_loop::view>(shared);
    c = std::make_unique<recorder>(*view_c);
    a.arm(loop.clock + 1s);
    c->arm(loop.clock + 1s);
    a.on_call = destroys;
    loop.fire();
    BOOST_TEST(a.take_calls() == "timer");
    BOOST_TEST(!c);
    BOOST_TEST(!loop.timer);
}

BOOST_AUTO_TEST_CASE(exceptions_of_handlers_come_out_of_the_loop) {
    a.send(1);
    const auto of_a = loop.last().id;
    b.send(1);
    const auto of_b = loop.last().id;
    a.on_call = [](const auto&) { throw std::runtime_error{"a"}; };
    b.on_call = [](const auto&) { throw std::runtime_error{"b"}; };
    const auto is = [](const char* who) {
        return [who](const std::runtime_error& e) { return e.what() == std::string{who}; };
    };
    BOOST_CHECK_EXCEPTION(loop.answer(of_b, reply(200, "")), std::runtime_error, is("b"));
    BOOST_TEST(b.take_calls() == "1: 200");

    // A late answer whose handler throws keeps neither the next answer nor the timer.
    b.send(2);
    const auto late = loop.last().id;
    b.arm(loop.clock + 5s);
    loop.on_start = [&](request_handle, const http_request&) { loop.answer(late, reply(200, "")); };
    a.send(2);
    BOOST_CHECK_EXCEPTION(loop.answer(of_a, reply(201, "")), std::runtime_error, is("b"));
    BOOST_TEST(a.take_calls() == "1: 201");
    BOOST_TEST(b.take_calls() == "2: 200");
    BOOST_TEST((*loop.timer == loop.clock + 5s));
}

BOOST_AUTO_TEST_CASE(a_loop_has_one_shared_loop) {
    BOOST_CHECK_THROW(shared_loop{loop}, std::logic_error);
    BOOST_CHECK_THROW(recorder{view_a}, std::logic_error);
}

BOOST_AUTO_TEST_CASE(room_is_asked_for_on_the_loop_and_all_handlers_learn_of_it) {
    loop.full = {"https://x"};
    BOOST_TEST(!view_a.has_room("https://x"));
    BOOST_TEST(view_b.has_room("https://y"));
    loop.make_room("https://x");
    BOOST_TEST(a.take_calls() == "room");
    BOOST_TEST(b.take_calls() == "room");
    loop.on_start = [&](request_handle, const http_request&) { loop.make_room("https://x"); };
    a.send(1);
    BOOST_TEST(a.take_calls().empty(), "not from within a call of a handler");
    loop.run_for(0s);
    BOOST_TEST(a.take_calls() == "room");
    BOOST_TEST(b.take_calls() == "room");
    BOOST_TEST(!loop.timer.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_shared_loop_that_is_destroyed_leaves_the_loop_free) {
    scripted_loop loop;
    {
        shared_loop shared{loop};
        shared_loop::view view{shared};
        recorder a{view};
        a.arm(loop.clock + 1s);
    }
    BOOST_TEST(!loop.timer);
    recorder next{loop};
    next.arm(loop.clock);
    loop.fire();
    BOOST_TEST(next.take_calls() == "timer");
}
