// SPDX-License-Identifier: MIT
// Registrations that are begun in one process and carried on in others: every one has a client of its own, and the
// service, which they share, knows when it was polled.
#include <lark/fake/event_loop.hpp>
#include <lark/fake/http_client.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/injected/register_app.hpp>
#include <lark/injected/snapshots.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace lark;
using namespace lark::registration;
using namespace std::chrono_literals;
using fake::accounts_service;
using fake::client_options;
using fake::service_options;
using std::string;

constexpr time_point origin = from_origin(1h);
const client_options defaults;

/// A process that begins `after` the first one, by a wall clock that is `ahead`.
fake::http_client process(accounts_service& service, duration after = {}, duration ahead = {}) {
    client_options how;
    how.latency = 100ms;
    how.start = origin + after;
    how.wall_start =
        defaults.wall_start + std::chrono::duration_cast<std::chrono::system_clock::duration>(after + ahead);
    return fake::http_client{service, how};
}

fake::code_info only_code(const accounts_service& service, time_point now) { return service.codes(now).at(0); }

/// The shortest time between two polls at one host.
duration closest_polls(const fake::code_info& code) {
    auto closest = duration::max();
    for (std::size_t i = 1; i < code.recent_polls.size(); ++i)
        if (code.recent_polls[i].host == code.recent_polls[i - 1].host)
            closest = std::min(closest, code.recent_polls[i].at - code.recent_polls[i - 1].at);
    return closest;
}

struct crash {};

}  // namespace

BOOST_AUTO_TEST_SUITE(carried_on_over_the_fake)

BOOST_AUTO_TEST_CASE(begun_here_and_finished_there) {
    accounts_service service{{.approve_after = 90s}};
    auto here = process(service);
    const auto begun = begin_registration({}, here);
    BOOST_TEST(begun.qr_code.url == begun.snapshot.view(view_of_link::shown).link);
    BOOST_TEST((begun.qr_code.expires_at == begun.snapshot.view().expires_at));
    BOOST_TEST(service.counters().feishu.poll == 0u);

    auto there = process(service, 60s);
    std::vector<string> calls;
    const auto result = resume_registration({.on_qr_code =
                                                 [&](const qr_code& qr) {
                                                     BOOST_TEST(qr.url == begun.qr_code.url);
                                                     BOOST_TEST((qr.expires_at == begun.qr_code.expires_at));
                                                     calls.push_back("link");
                                                 },
                                             .on_snapshot = [&](const snapshot&) { calls.push_back("snapshot"); }},
                                            snapshot::parse(begun.snapshot.text()), {}, there);
    BOOST_TEST(service.knows_app(result.client_id));
    BOOST_TEST((calls == std::vector<string>{"snapshot", "link"}));
    // Without any handler too.
    BOOST_CHECK_THROW(resume_registration({}, begun.snapshot, {}, there), app_expired_error);
}

BOOST_AUTO_TEST_CASE(begin_ends_as_register_app_does) {
    accounts_service service;
    auto client = process(service);
    std::stop_source stop;
    stop.request_stop();
    BOOST_CHECK_EXCEPTION(static_cast<void>(begin_registration({}, client, stop.get_token())), register_app_error,
                          [](const register_app_error& e) { return e.code() == "abort"; });
    BOOST_CHECK_THROW(static_cast<void>(begin_registration({.domain = "x"}, client)), invalid_option);
    BOOST_CHECK_EXCEPTION(static_cast<void>(begin_registration({.domain = "https://unknown.example"}, client)),
                          register_app_error, [](const register_app_error& e) { return e.code() == "network_error"; });
}

BOOST_AUTO_TEST_CASE(a_cron_job_sends_the_poll_that_is_due) {
    accounts_service service{{.approve_after = 60s}};
    auto first = process(service);
    auto stored = begin_registration({}, first).snapshot.text();
    std::size_t pending = 0;
    std::size_t early = 0;
    std::optional<app> registered;
    // Every two seconds a process of its own.
    for (auto at = duration{1s}; at < 100s && !registered; at += 2s) {
        auto client = process(service, at);
        const auto polls = service.counters().feishu.poll;
        auto result = poll_once(snapshot::parse(stored), {}, client);
        if (const auto* goes_on = std::get_if<still_pending>(&result)) {
            ++pending;
            BOOST_TEST(service.counters().feishu.poll == polls + 1);
            BOOST_TEST(goes_on->snapshot.view().polls == polls + 1);
            stored = goes_on->snapshot.text();
        } else if (const auto* wait = std::get_if<not_due>(&result)) {
            ++early;
            BOOST_TEST(service.counters().feishu.poll == polls);
            BOOST_TEST((wait->until > client.wall_now() && wait->until <= client.wall_now() + 5s));
        } else {
            registered = std::get<app>(result);
        }
    }
    BOOST_REQUIRE(registered.has_value());
    BOOST_TEST(service.knows_app(registered->client_id));
    BOOST_TEST(pending >= 8u);
    BOOST_TEST(early >= 15u);
    BOOST_TEST((closest_polls(only_code(service, origin + 100s)) >= 5s));
}

BOOST_AUTO_TEST_CASE(a_crash_at_any_time_brings_no_poll_too_early) {
    for (const string brand : {"feishu", "lark"})
        for (auto died = duration{0}; died <= 42s; died += 700ms)
            for (const duration gap : {duration{1ms}, duration{2s}, duration{30s}}) {
                accounts_service service{{.interval = 7s, .tenant_brand = brand, .approve_after = 50s}};
                std::optional<secret> stored;
                auto first = process(service);
                first.after(died, [] { throw crash{}; });
                first.after(20s, [&] { service.open(only_code(service, first.now()).user_code, first.now()); });
                const handlers saving{.on_qr_code = [](const qr_code&) {},
                                      .on_snapshot = [&](const snapshot& s) { stored = s.text(); }};
                BOOST_CHECK_THROW(register_app(saving, {}, first), crash);
                if (!stored) continue;  // before the link
                auto second = process(service, died + gap);
                if (died + gap < 20s)
                    second.after(20s - died - gap,
                                 [&] { service.open(only_code(service, second.now()).user_code, second.now()); });
                const auto result = resume_registration(saving, snapshot::parse(*stored), {}, second);
                BOOST_TEST(service.knows_app(result.client_id));
                const auto code = only_code(service, second.now());
                BOOST_TEST((closest_polls(code) >= 7s));
                BOOST_TEST((code.interval == 7s));  // the service never said slow_down
            }
}

BOOST_AUTO_TEST_CASE(there_is_something_to_save_at_the_link_at_slow_down_and_at_the_switch) {
    accounts_service service{{.tenant_brand = "lark", .approve_after = 40s}};
    auto client = process(service);
    service.add_fault({.on = fake::action::poll, .instead = http_response{400, {}, R"({"error":"slow_down"})"}});
    client.after(20s, [&] { service.open(only_code(service, client.now()).user_code, client.now()); });
    std::vector<string> calls;
    const auto result = register_app(
        {.on_qr_code = [&](const qr_code&) { calls.push_back("link"); },
         .on_status_change =
             [&](const status_change& s) {
                 if (s.status != status::polling) calls.emplace_back(to_string(s.status));
             },
         .on_snapshot =
             [&](const snapshot& s) {
                 const auto v = s.view();
                 BOOST_TEST(!v.next_poll_at);
                 calls.push_back("saved " + std::to_string(v.interval.count()) + (v.at_lark ? " lark" : ""));
             }},
        {}, client);
    BOOST_TEST(service.knows_app(result.client_id));
    const std::vector<string> wanted{"saved 5", "link", "saved 10", "slow_down", "saved 10 lark", "domain_switched"};
    BOOST_CHECK_EQUAL_COLLECTIONS(calls.begin(), calls.end(), wanted.begin(), wanted.end());
}

BOOST_AUTO_TEST_CASE(one_that_polled_on_is_given_its_time_first) {
    accounts_service service{{.approve_after = 1s}};
    std::optional<snapshot> saved;
    auto first = process(service);
    BOOST_CHECK_THROW(register_app({.on_qr_code = [](const qr_code&) { throw crash{}; },
                                    .on_snapshot = [&](const snapshot& s) { saved = s; }},
                                   {}, first),
                      crash);
    auto second = process(service, 10s);
    const auto given = std::get<still_pending>(poll_once(*saved, {}, second)).snapshot;
    BOOST_TEST(service.counters().feishu.poll == 0u);
    BOOST_TEST((given.view().next_poll_at == second.wall_now() + 5s));
    auto third = process(service, 12s);
    BOOST_TEST((std::get<not_due>(poll_once(given, {}, third)).until == given.view().next_poll_at));
    auto fourth = process(service, 16s);
    BOOST_TEST(std::holds_alternative<app>(poll_once(given, {}, fourth)));
}

BOOST_AUTO_TEST_CASE(the_switch_is_one_poll_too) {
    accounts_service service{{.tenant_brand = "lark"}};
    auto first = process(service);
    const auto begun = begin_registration({}, first).snapshot;
    service.approve_all(first.now());
    auto second = process(service, 2s);
    const auto switched = std::get<still_pending>(poll_once(begun, {}, second)).snapshot;
    BOOST_TEST(switched.view().at_lark);
    BOOST_TEST(service.counters().feishu.poll == 1u);
    BOOST_TEST(service.counters().lark.poll == 0u);
    auto third = process(service, 10s);
    BOOST_TEST(std::holds_alternative<app>(poll_once(switched, {}, third)));
    BOOST_TEST(service.counters().lark.poll == 1u);
}

BOOST_AUTO_TEST_CASE(clocks_that_differ_by_an_hour) {
    for (const duration ahead : {duration{1h}, duration{-1h}}) {
        accounts_service service{{.approve_after = 1s}};
        auto first = process(service);
        const auto begun = begin_registration({.first_poll = first_poll::after_interval}, first).snapshot;
        auto second = process(service, 2s, ahead);
        auto result = poll_once(begun, {}, second);
        if (ahead < 0s) {  // corrected first, and not a second time
            const auto corrected = std::get<still_pending>(result).snapshot;
            BOOST_TEST((corrected.view().next_poll_at <= second.wall_now() + 5s));
            auto third = process(service, 8s, ahead);
            result = poll_once(corrected, {}, third);
        }
        BOOST_TEST(std::holds_alternative<app>(result));
    }
}

BOOST_AUTO_TEST_CASE(an_hour_after_expiry_one_poll_goes_out) {
    accounts_service service;
    auto first = process(service);
    const auto begun = begin_registration({}, first).snapshot;
    auto second = process(service, 2h);
    const auto result = poll_once(begun, {}, second);
    BOOST_TEST((std::get<failure>(result).kind == failure_kind::expired));
    BOOST_TEST(service.counters().feishu.poll == 1u);
}

BOOST_AUTO_TEST_CASE(two_that_carry_on_the_same_one) {
    accounts_service service;
    auto first = process(service);
    const auto begun = begin_registration({}, first).snapshot;
    auto a = process(service, 1s);
    auto b = process(service, 2s);
    auto of_a = std::get<still_pending>(poll_once(begun, {}, a)).snapshot;
    auto of_b = std::get<still_pending>(poll_once(begun, {}, b)).snapshot;
    BOOST_TEST((of_a.view().interval == 5s));
    BOOST_TEST((of_b.view().interval == 10s));  // the service noticed
    service.approve_all(origin + 3s);
    auto a2 = process(service, 20s);
    auto b2 = process(service, 21s);
    BOOST_TEST(std::holds_alternative<app>(poll_once(of_a, {}, a2)));
    BOOST_TEST(std::get<failure>(poll_once(of_b, {}, b2)).code == "invalid_grant");
}

BOOST_AUTO_TEST_CASE(each_step_is_traced_where_it_runs) {
    accounts_service service;
    std::vector<trace_event> events;
    const auto on_trace = [&](const trace_event& event) { events.push_back(event); };
    auto first = process(service);
    const auto begun = begin_registration({}, first, {}, on_trace).snapshot;
    BOOST_REQUIRE(events.size() == 2u);
    BOOST_TEST((events[0].result == exchange_result::auth_methods && events[1].result == exchange_result::link));
    BOOST_TEST((events[1].took == 100ms && events[1].bytes > 0u));

    auto second = process(service, 1s);
    const auto left = std::get<still_pending>(poll_once(begun, {}, second, {}, on_trace)).snapshot;
    BOOST_REQUIRE(events.size() == 3u);
    BOOST_TEST((events[2].result == exchange_result::pending && events[2].exchange.number == 1u));
    BOOST_TEST((left.view().request_id == events[2].exchange.request_id));
    BOOST_TEST(std::holds_alternative<not_due>(poll_once(left, {}, second, {}, on_trace)));
    BOOST_TEST(events.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_poll_that_is_stopped_counts_as_sent_and_lost) {
    accounts_service service;
    auto first = process(service);
    const auto begun = begin_registration({}, first).snapshot;
    auto second = process(service, 1s);
    std::stop_source stop;
    second.after(20ms, [&] { stop.request_stop(); });
    const auto left = std::get<still_pending>(poll_once(begun, {}, second, stop.get_token())).snapshot.view();
    BOOST_TEST(left.polls == 1u);
    BOOST_TEST(left.last_error == "the registration was saved while a poll was in flight");
    BOOST_TEST((left.next_poll_at == second.wall_now() + 10s));
    // And before it is sent nothing is lost.
    auto third = process(service, 1s);
    const auto untouched = std::get<still_pending>(poll_once(begun, {}, third, stop.get_token())).snapshot.view();
    BOOST_TEST(untouched.polls == 0u);
    BOOST_TEST((untouched.next_poll_at == begun.view().next_poll_at));
}

BOOST_AUTO_TEST_CASE(other_hosts_get_nothing) {
    accounts_service service;
    auto client = process(service);
    const auto begun = begin_registration({}, client).snapshot;
    const options elsewhere{.lark_domain = "https://evil.example"};
    const auto names_it = [](const invalid_option& e) { return e.option() == "lark_domain"; };
    BOOST_CHECK_EXCEPTION(static_cast<void>(poll_once(begun, elsewhere, client)), invalid_option, names_it);
    BOOST_CHECK_EXCEPTION(resume_registration({}, begun, elsewhere, client), invalid_option, names_it);
    BOOST_TEST(service.counters().feishu.poll == 0u);
}

BOOST_AUTO_TEST_CASE(a_set_carries_on_a_registration_of_another) {
    constexpr std::size_t count = 40;
    for (const auto died : {1s, 7s, 23s, 31s}) {
        accounts_service service{{.tenant_brand = "lark", .approve_after = 45s}};
        const client_options first_how{.latency = 100ms, .start = origin};
        std::vector<std::optional<secret>> stored(count);
        {
            fake::event_loop loop{service, first_how};
            injected::flow_set set{loop};
            loop.after(20s, [&] {
                for (const auto& code : service.codes(loop.now())) service.open(code.user_code, loop.now());
            });
            for (auto& row : stored)
                set.add({.on_qr_code = [](const qr_code&) {},
                         .on_finished = [](const outcome&, std::exception_ptr) { BOOST_ERROR("it ended"); },
                         .on_snapshot = [&row](const snapshot& s) { row = s.text(); }});
            loop.run_for(died);
        }
        auto second_how = first_how;
        const auto gap = 1500ms;
        second_how.start = origin + died + gap;
        second_how.wall_start = defaults.wall_start + died + gap;
        fake::event_loop loop{service, second_how};
        injected::flow_set set{loop};
        if (died < 20s)
            loop.at(origin + 20s, [&] {
                for (const auto& code : service.codes(loop.now())) service.open(code.user_code, loop.now());
            });
        std::size_t links = 0;
        std::size_t apps = 0;
        for (const auto& text : stored) {
            BOOST_REQUIRE(text.has_value());
            set.add({.on_qr_code = [&](const qr_code&) { ++links; },
                     .on_finished = [&](const outcome& end,
                                        std::exception_ptr) { apps += std::holds_alternative<app>(end); }},
                    snapshot::parse(*text));
        }
        BOOST_TEST(links == 0u);  // no handler runs within `add`
        loop.run(set);
        BOOST_TEST(links == count);
        BOOST_TEST(apps == count);
        for (const auto& code : service.codes(loop.now())) {
            BOOST_TEST((closest_polls(code) >= 5s));
            BOOST_TEST((code.interval == 5s));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_set_polls_lark_for_a_registration_that_was_at_lark) {
    accounts_service service{{.tenant_brand = "lark"}};
    auto client = process(service);
    const auto begun = begin_registration({}, client).snapshot;
    service.approve_all(client.now());
    const auto at_lark = std::get<still_pending>(poll_once(begun, {}, client)).snapshot;

    // One place for each host, and Feishu's is taken by a request that hangs.
    fake::event_loop loop{service, {.start = origin + 10s, .wall_start = defaults.wall_start + 10s}};
    injected::flow_set set{loop, {.max_requests = 2, .max_requests_per_host = 1}};
    service.add_fault({.on = fake::action::init, .instead = transport_failure{transport_failure_kind::timeout, ""}});
    std::optional<outcome> end;
    set.add({.on_qr_code = [](const qr_code&) {}, .on_finished = [](const outcome&, std::exception_ptr) {}});
    loop.run_for(1s);
    BOOST_TEST(set.requests_in_flight() == 1u);
    set.add({.on_finished = [&](const outcome& o, std::exception_ptr) { end = o; }}, at_lark);
    loop.run_for(1s);
    BOOST_REQUIRE(end.has_value());
    BOOST_TEST(std::holds_alternative<app>(*end));
    BOOST_TEST(set.requests_in_flight() == 1u);
}

BOOST_AUTO_TEST_CASE(a_set_polls_when_the_wall_clock_says_so) {
    accounts_service service;
    auto client = process(service);
    const auto begun = begin_registration({.first_poll = first_poll::after_interval}, client).snapshot;
    fake::event_loop loop{service, {.start = origin + 3s, .wall_start = defaults.wall_start + 3s}};
    injected::flow_set set{loop};
    set.add({.on_finished = [](const outcome&, std::exception_ptr) {}}, begun);
    loop.run_for(2s);
    BOOST_TEST(service.counters().feishu.poll == 0u);
    loop.run_for(1s);
    BOOST_TEST(service.counters().feishu.poll == 1u);
}

BOOST_AUTO_TEST_CASE(a_set_refuses_other_hosts_and_needs_no_handler_for_the_link) {
    accounts_service service{{.approve_after = 1s}};
    auto client = process(service);
    const auto begun = begin_registration({}, client).snapshot;
    fake::event_loop loop{service, {.start = origin + 2s, .wall_start = defaults.wall_start + 2s}};
    injected::flow_set set{loop};
    std::optional<outcome> end;
    const injected::flow_handlers handlers{.on_finished = [&](const outcome& o, std::exception_ptr) { end = o; }};
    BOOST_CHECK_THROW(set.add(handlers, begun, {.domain = "https://evil.example"}), invalid_option);
    BOOST_CHECK_THROW(set.add({}, begun), invalid_option);
    BOOST_TEST(set.empty());
    set.add(handlers, begun);
    loop.run(set);
    BOOST_TEST(std::holds_alternative<app>(*end));
}

BOOST_AUTO_TEST_SUITE_END()
