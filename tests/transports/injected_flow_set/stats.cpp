// SPDX-License-Identifier: MIT
// Counters of a set, the states of its registrations, and the trace that its handlers get.
#include "scripted_loop.hpp"

#include "../../support/trace_line.hpp"

using namespace lark;
using namespace lark::test;
using injected::flow_set;
using lark::testing::trace_line;
using registration::registration_phase;

namespace {

/// The lines of a registration's trace.
struct traced : call_log {
    std::vector<registration::trace_event> events;

    [[nodiscard]] injected::flow_handlers handlers() {
        auto all = call_log::handlers();
        all.on_trace = [this](const registration::trace_event& e) {
            words.emplace_back("trace");
            events.push_back(e);
        };
        return all;
    }
    [[nodiscard]] std::string last() const { return events.empty() ? "" : trace_line(events.back()); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_set_stats)

BOOST_AUTO_TEST_CASE(a_registration_from_its_start_to_its_end) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    traced one;
    BOOST_TEST((set.stats() == injected::flow_set_stats{}));
    const auto id = set.add(one.handlers(), straight());
    BOOST_TEST((set.stats().starting == 1u && set.stats().queued == 1u && set.stats().starts_held_back == 1u));
    BOOST_TEST((set.state(id)->phase == registration_phase::starting && !set.state(id)->last_exchange));

    loop.run_until(loop.clock);
    BOOST_TEST((set.stats().in_flight == 1u && set.stats().queued == 0u && set.stats().requests == 1u));
    BOOST_TEST(!set.state(id)->next_request_at.has_value());

    loop.clock += 80ms;
    loop.answer(begin_reply());
    BOOST_TEST(one.text() == "trace, qr");
    BOOST_TEST(one.last() == "begin 1 accounts.feishu.cn 200 -> link, send");
    BOOST_TEST((one.events[0].took == 80ms && one.events[0].bytes == begin_reply().body.size()));
    BOOST_TEST((set.stats().polling == 1u && set.stats().starting == 0u && set.stats().in_flight == 1u));

    loop.answer(pending_reply());
    BOOST_TEST(one.text() == "trace, qr, trace, polling");
    const auto waits = set.state(id).value();
    BOOST_TEST((waits.phase == registration_phase::polling && waits.polls == 1u));
    const auto ahead = *waits.next_request_at - loop.wall_now();
    BOOST_TEST((ahead > 4s && ahead <= 5s));
    BOOST_TEST(trace_line(*waits.last_exchange) ==
               "poll 1 accounts.feishu.cn 400 authorization_pending 20094 -> pending, wait 5 s (interval)");

    loop.run_for(5s);
    loop.answer(reply(503, ""));
    BOOST_TEST(set.state(id)->last_error == "HTTP 503");
    loop.run_for(10s);
    loop.run_for(15s);  // no answer
    BOOST_TEST(one.last() == "poll 3 accounts.feishu.cn timeout -> timeout, wait 20 s (backoff)");
    BOOST_TEST((one.events.back().took == 15s && !one.events.back().bytes));

    loop.run_for(20s);
    loop.answer(app_reply());
    BOOST_TEST(one.last() == "poll 4 accounts.feishu.cn 200 -> credentials, success");
    BOOST_TEST(!set.state(id).has_value());
    const auto after = set.stats();
    BOOST_TEST((after.starting + after.polling + after.expiring + after.in_flight + after.queued == 0u));
    BOOST_TEST(after.requests == 5u);
}

BOOST_AUTO_TEST_CASE(a_status_and_a_failure_have_the_exchange_that_they_are_about) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    std::vector<registration::status_change> changes;
    auto handlers = h.handlers();
    handlers.on_status_change = [&](const registration::status_change& change) { changes.push_back(change); };
    static_cast<void>(set.add(std::move(handlers), straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply());
    loop.answer(http_response{502, {{"X-Tt-Logid", "log-1"}}, ""});
    BOOST_REQUIRE(changes.size() == 1u);
    const auto& e = changes[0].last_exchange;
    BOOST_TEST((changes[0].polls == 1u && e.number == 1u && e.http_status == 502));
    BOOST_TEST((e.host.text() == "accounts.feishu.cn" && e.request_id.text() == "log-1"));
    loop.run_for(10s);
    loop.answer(http_response{400, {{"X-Tt-Logid", "log-2"}}, R"({"error":"access_denied","code":20095})"});
    const auto& why = std::get<registration::failure>(*h.result);
    BOOST_TEST((why.polls == 2u && why.last_exchange.code == 20095));
    BOOST_TEST((why.last_exchange.error == registration::oauth_error::access_denied));
    BOOST_TEST(why.last_exchange.request_id.text() == "log-2");
}

BOOST_AUTO_TEST_CASE(phases_are_counted) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log a, b, c;
    static_cast<void>(add_waiting(loop, set, a));
    static_cast<void>(set.add(b.handlers(), straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply("dc-2", 5, 10));
    loop.answer(pending_reply());
    const auto id = set.add(c.handlers(), straight());
    BOOST_TEST((set.stats().polling == 2u && set.stats().starting == 1u));
    loop.run_for(9s);  // the last poll of the second
    for (const auto& [handle, request] : std::map{loop.out})
        if (code_of(request) == "dc-2") loop.answer(handle, pending_reply());
    BOOST_TEST((set.stats().polling == 1u && set.stats().expiring == 1u && set.stats().starting == 1u));
    set.cancel(id);
    BOOST_TEST(set.stats().starting == 0u);
    set.cancel_all();
    BOOST_TEST((set.stats().polling == 0u && set.stats().expiring == 0u));
}

BOOST_AUTO_TEST_CASE(timers_that_are_late) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    call_log h;
    static_cast<void>(add_waiting(loop, set, h));
    const auto before = set.stats().timers;
    loop.clock = *loop.timer + 70ms;
    loop.fire();
    BOOST_TEST((set.stats().timers == before + 1 && set.stats().timer_late == 70ms));
    loop.answer(pending_reply());
    loop.clock = *loop.timer + 3ms;
    loop.fire();
    BOOST_TEST((set.stats().timer_late == 3ms && set.stats().timer_late_max == 70ms));
}

BOOST_AUTO_TEST_CASE(starts_that_are_held_back) {
    scripted_loop loop;
    flow_set set{loop, {.max_requests = 2, .max_starts_per_second = 0}};
    std::vector<call_log> all(5);
    for (auto& h : all) static_cast<void>(set.add(h.handlers(), straight()));
    loop.run_until(loop.clock);
    const auto now = set.stats();
    BOOST_TEST((now.starting == 5u && now.in_flight == 2u && now.queued == 3u && now.starts_held_back == 3u));
}

BOOST_AUTO_TEST_CASE(nothing_is_traced_after_a_cancel_and_a_throwing_trace_ends_its_own_registration) {
    scripted_loop loop;
    flow_set set{loop, at_once};
    traced one;
    call_log other, third;
    const auto id = set.add(one.handlers(), straight());
    loop.run_until(loop.clock);
    set.cancel(id);
    BOOST_TEST(one.text() == "abort");

    auto handlers = third.handlers();
    handlers.on_trace = [](const auto&) { throw std::runtime_error{"of the trace"}; };
    static_cast<void>(add_waiting(loop, set, other));
    static_cast<void>(set.add(std::move(handlers), straight()));
    loop.run_until(loop.clock);
    loop.answer(begin_reply("dc-3"));
    BOOST_TEST(third.text() == "abort!");
    BOOST_TEST(set.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
