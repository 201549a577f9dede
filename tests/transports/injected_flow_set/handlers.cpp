// SPDX-License-Identifier: MIT
// Handlers that call the set, loops that answer at once, exceptions, and cancelling.
#include "scripted_loop.hpp"

#include <deque>
#include <stdexcept>

using namespace lark;
using namespace lark::test;
using injected::flow_set;

namespace {

struct oops : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string text_of(const std::exception_ptr& e) {
    try {
        if (e) std::rethrow_exception(e);
    } catch (const std::exception& x) {
        return x.what();
    }
    return "none";
}

/// Answers every request from within `start_request`, as a cache or a test double would.
void answer_at_once(scripted_loop& loop) {
    loop.on_start = [&loop](request_handle id, const http_request& r) {
        loop.out.erase(id);
        const auto step = step_of(r);
        BOOST_TEST(loop.deliver(id, step == "init" ? init_reply() : step == "begin" ? begin_reply() : app_reply()));
        BOOST_TEST(!loop.deliver(id, denied_reply()), "answered twice");
    };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_set_handlers)

BOOST_AUTO_TEST_CASE(a_loop_may_answer_within_start_request) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    answer_at_once(loop);
    call_log h;
    static_cast<void>(set.add(h.handlers()));
    BOOST_TEST(h.words.empty());
    loop.fire();
    BOOST_TEST(h.text() == "qr, app cli_1");
    BOOST_TEST(set.empty());
    BOOST_TEST(set.requests_in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(a_handler_may_add) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    answer_at_once(loop);
    std::deque<call_log> more;
    call_log h;
    auto handlers = h.handlers();
    handlers.on_qr_code = [&](const auto&) { static_cast<void>(set.add(more.emplace_back().handlers())); };
    handlers.on_finished = [&, f = handlers.on_finished](const auto& o, const auto& e) {
        for (int i = 0; i < 100; ++i)
            static_cast<void>(set.add(more.emplace_back().handlers()));  // the slots grow during this call
        f(o, e);
    };
    static_cast<void>(set.add(handlers));
    loop.run_for(1s);
    BOOST_TEST(h.text() == "app cli_1");
    BOOST_TEST(more.size() == 101u);
    for (const auto& m : more) BOOST_TEST(m.text() == "qr, app cli_1");
    BOOST_TEST(set.empty());
}

BOOST_AUTO_TEST_CASE(a_handler_may_cancel_its_own_registration) {
    for (const bool at_qr : {true, false}) {
        scripted_loop loop;
        flow_set set{loop, at_once};
        call_log h;
        injected::registration_id id{};
        auto handlers = h.handlers();
        const auto end_it = [&] {
            BOOST_TEST(set.cancel(id));
            BOOST_TEST(!set.cancel(id));
            BOOST_TEST(!h.result.has_value(), "a handler was called from within another");
        };
        if (at_qr) handlers.on_qr_code = [&](const auto&) { end_it(); };
        else handlers.on_status_change = [&](const auto&) { end_it(); };
        id = set.add(handlers, straight());
        loop.fire();
        loop.answer(begin_reply());
        if (!at_qr) loop.answer(pending_reply());
        BOOST_TEST(h.text() == (at_qr ? "abort" : "qr, abort"));
        BOOST_TEST(!h.exception);
        BOOST_TEST(set.empty());
        BOOST_TEST(loop.out.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_registration_that_is_over_is_unknown_to_its_last_handler) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    answer_at_once(loop);
    call_log h;
    injected::registration_id id{};
    auto handlers = h.handlers();
    bool called = false;
    handlers.on_finished = [&](const auto&, const auto&) {
        called = true;
        BOOST_TEST(!set.cancel(id));
        BOOST_TEST(set.empty());
    };
    id = set.add(handlers);
    loop.fire();
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(a_handler_may_cancel_others_and_all) {
    for (const bool all : {false, true}) {
        scripted_loop loop;
        flow_set set{loop, at_once};
        call_log in_flight, waiting, queued, self;
        const auto a = set.add(in_flight.handlers(), straight());
        loop.run_until(loop.clock);
        const auto hanging = loop.last().id;
        const auto b = add_waiting(loop, set, waiting);
        injected::registration_id c{};
        auto handlers = self.handlers();
        handlers.on_qr_code = [&](const auto&) {
            c = set.add(queued.handlers(), straight());
            if (all) {
                set.cancel_all();
                BOOST_TEST(!set.cancel(a));
            } else {
                for (const auto id : {a, b, c}) BOOST_TEST(set.cancel(id));
            }
            BOOST_TEST(waiting.text() == "qr, polling", "a handler was called from within another");
        };
        static_cast<void>(set.add(handlers, straight()));
        loop.run_until(loop.clock);
        loop.answer(begin_reply("self"));
        BOOST_TEST(in_flight.text() == "abort");
        BOOST_TEST(waiting.text() == "qr, polling, abort");
        BOOST_TEST(queued.text() == "abort");
        BOOST_TEST((loop.abandoned == std::vector{hanging}));
        BOOST_TEST(self.text() == (all ? "abort" : ""));
        BOOST_TEST(set.size() == (all ? 0u : 1u));
        BOOST_TEST(loop.out.size() == (all ? 0u : 1u));
    }
}

BOOST_AUTO_TEST_CASE(a_loop_may_be_run_inside_a_handler) {
    // A GUI's nested event loop: answers and timers come while a handler is running, and are put aside.
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log other, self;
    static_cast<void>(set.add(other.handlers(), straight()));
    loop.run_until(loop.clock);
    const auto begin = loop.last().id;
    auto handlers = self.handlers();
    handlers.on_qr_code = [&](const auto&) {
        loop.out.erase(begin);
        BOOST_TEST(loop.deliver(begin, begin_reply("other")));
        BOOST_TEST(!loop.deliver(begin, begin_reply("other")));
        loop.timer_expired();
        BOOST_TEST(other.text().empty());
    };
    static_cast<void>(set.add(handlers, straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply("self"));
    BOOST_TEST(other.text() == "qr");
    BOOST_TEST(loop.out.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_has_arrived_goes_before_a_cancel) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log lucky, self;
    const auto id = add_waiting(loop, set, lucky, "lucky");
    loop.fire();
    const auto poll = loop.last().id;
    auto handlers = self.handlers();
    handlers.on_qr_code = [&](const auto&) {
        BOOST_TEST(loop.deliver(poll, app_reply()));
        BOOST_TEST(set.cancel(id));
    };
    static_cast<void>(set.add(handlers, straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply("self"));
    BOOST_TEST(lucky.text() == "qr, polling, app cli_1");
    BOOST_TEST(!set.cancel(id));
}

BOOST_AUTO_TEST_CASE(nothing_but_the_end_is_told_after_a_cancel) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log other, self;
    const auto id = add_waiting(loop, set, other, "other");
    loop.fire();
    const auto poll = loop.last().id;
    auto handlers = self.handlers();
    handlers.on_qr_code = [&](const auto&) {
        BOOST_TEST(loop.deliver(poll, pending_reply()));
        BOOST_TEST(set.cancel(id));
    };
    static_cast<void>(set.add(handlers, straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply("self"));
    BOOST_TEST(other.text() == "qr, polling, abort");
}

BOOST_AUTO_TEST_CASE(what_has_arrived_goes_before_time) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log late, self;
    static_cast<void>(add_waiting(loop, set, late, "late"));
    loop.fire();
    const auto poll = loop.last().id;
    const auto timeout = *loop.timer;
    auto handlers = self.handlers();
    handlers.on_qr_code = [&](const auto&) {
        loop.clock = timeout + 1s;
        loop.timer_expired();
        BOOST_TEST(loop.deliver(poll, app_reply()));
    };
    static_cast<void>(set.add(handlers, straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply("self"));
    BOOST_TEST(late.text() == "qr, polling, app cli_1");
    BOOST_TEST(loop.abandoned.empty());
}

BOOST_AUTO_TEST_CASE(cancel_in_every_phase) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    const auto aborted = [](const call_log& h) {
        const auto& f = std::get<registration::failure>(*h.result);
        return f.code == registration::error_code::abort && f.local && !h.exception;
    };
    call_log not_begun, in_flight, waiting;
    const auto a = set.add(not_begun.handlers());
    BOOST_TEST(set.cancel(a));
    BOOST_TEST(aborted(not_begun));
    BOOST_TEST(!loop.timer.has_value());
    const auto b = set.add(in_flight.handlers());
    loop.run_for(1ms);
    BOOST_TEST(set.cancel(b));
    BOOST_TEST(aborted(in_flight));
    BOOST_TEST((loop.abandoned == std::vector{loop.last().id}));
    const auto c = add_waiting(loop, set, waiting);
    BOOST_TEST(set.cancel(c));
    BOOST_TEST(aborted(waiting));
    BOOST_TEST(waiting.text() == "qr, polling, abort");
    for (const auto id : {a, b, c, injected::registration_id{}, injected::registration_id{77}})
        BOOST_TEST(!set.cancel(id));
    BOOST_TEST(set.empty());
    BOOST_TEST(loop.abandoned.size() == 1u);
}

BOOST_AUTO_TEST_CASE(cancel_all_ends_what_was_there) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 2, .max_starts_per_second = 0}};
    std::deque<call_log> all;
    call_log next;
    for (int i = 0; i < 10; ++i) {
        auto handlers = all.emplace_back().handlers();
        if (i == 4)
            handlers.on_finished = [&, f = handlers.on_finished](const auto& o, const auto& e) {
                static_cast<void>(set.add(next.handlers(), straight()));
                f(o, e);
            };
        static_cast<void>(set.add(handlers, straight()));
    }
    loop.run_for(1ms);
    set.cancel_all();
    for (const auto& h : all) BOOST_TEST(h.text() == "abort");
    BOOST_TEST(set.size() == 1u, "what a handler adds meanwhile is not cancelled");
    loop.run_for(10ms);
    loop.answer(denied_reply());
    BOOST_TEST(next.text() == "access_denied");
}

BOOST_AUTO_TEST_CASE(an_exception_from_a_handler_ends_that_registration_alone) {
    for (const bool at_qr : {true, false}) {
        scripted_loop loop;
        flow_set set{loop, at_once};
        call_log other, bad;
        static_cast<void>(add_waiting(loop, set, other, "other"));
        auto handlers = bad.handlers();
        if (at_qr) handlers.on_qr_code = [](const auto&) { throw oops{"the screen is gone"}; };
        else handlers.on_status_change = [](const auto&) { throw oops{"the screen is gone"}; };
        static_cast<void>(set.add(handlers, straight()));
        loop.run_until(loop.clock);
        BOOST_CHECK_NO_THROW(loop.answer(begin_reply("bad")));
        if (!at_qr) BOOST_CHECK_NO_THROW(loop.answer(pending_reply()));
        BOOST_TEST(bad.words.back() == "abort!");
        BOOST_TEST(text_of(bad.exception) == "the screen is gone");
        BOOST_TEST(set.size() == 1u);
        BOOST_TEST(loop.out.empty());
        loop.fire();
        loop.answer(app_reply());
        BOOST_TEST(other.text() == "qr, polling, app cli_1");
    }
}

BOOST_AUTO_TEST_CASE(an_exception_while_a_request_is_late_still_abandons_it) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    auto handlers = h.handlers();
    handlers.on_status_change = [&](const auto& s) {
        if (s.status == registration::status::retrying) throw oops{"enough"};
    };
    static_cast<void>(set.add(handlers, straight()));
    loop.fire();
    loop.fire();  // begin's timeout
    BOOST_TEST(h.text() == "abort!");
    BOOST_TEST((loop.abandoned == std::vector{loop.last().id}));
    BOOST_TEST(set.requests_in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(a_request_that_cannot_be_started_ends_that_registration_alone) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 1, .max_starts_per_second = 0}};
    call_log bad, good;
    auto odd = straight();
    odd.domain = "https://odd.example";
    loop.refuse = [](const http_request& r) { return r.url.starts_with("https://odd"); };
    static_cast<void>(set.add(bad.handlers(), odd));
    static_cast<void>(set.add(good.handlers(), straight()));
    BOOST_CHECK_NO_THROW(loop.run_for(1ms));
    BOOST_TEST(bad.text() == "abort!");
    BOOST_TEST(text_of(bad.exception) == "no socket left");
    BOOST_TEST(loop.abandoned.empty(), "nothing was started");
    BOOST_TEST(loop.out.size() == 1u, "its place is free");
    loop.answer(denied_reply());
    BOOST_TEST(good.text() == "access_denied");
}

BOOST_AUTO_TEST_CASE(a_loop_that_answers_and_then_throws) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    loop.on_start = [&](request_handle id, const http_request&) {
        loop.out.erase(id);
        loop.deliver(id, begin_reply());
        throw oops{"both"};
    };
    static_cast<void>(set.add(h.handlers(), straight()));
    loop.fire();
    BOOST_TEST(h.text() == "abort!");
    BOOST_TEST(set.requests_in_flight() == 0u);
    BOOST_TEST(set.empty());
}

BOOST_AUTO_TEST_CASE(an_exception_from_on_finished_comes_out_once_all_is_in_order) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    std::deque<call_log> all;
    for (int i = 0; i < 5; ++i) {
        auto handlers = all.emplace_back().handlers();
        if (i == 1 || i == 3)
            handlers.on_finished = [i](const auto&, const auto&) { throw oops{"last word " + std::to_string(i)}; };
        static_cast<void>(set.add(handlers, straight()));
    }
    BOOST_CHECK_EXCEPTION(set.cancel_all(), oops, [](const oops& e) { return e.what() == std::string{"last word 1"}; });
    BOOST_TEST(set.empty());
    for (const int i : {0, 2, 4}) BOOST_TEST(all[static_cast<std::size_t>(i)].text() == "abort");
    call_log after;
    static_cast<void>(set.add(after.handlers(), straight()));
    loop.run_for(10ms);
    BOOST_CHECK_NO_THROW(loop.answer(denied_reply()));
    BOOST_TEST(after.text() == "access_denied");
}

BOOST_AUTO_TEST_SUITE_END()
