// SPDX-License-Identifier: MIT
// Many registrations at once over the model of the service, on a virtual clock.
#include "support/sanitizers.hpp"

#include <lark/fake/accounts_service.hpp>
#include <lark/fake/event_loop.hpp>
#include <lark/injected/flow_set.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace lark;
using namespace std::chrono_literals;
using injected::flow_set;

namespace {

constexpr std::size_t very_many = test::is_sanitized ? 5'000 : 100'000;

/// Registrations, and how they ended.
struct crowd {
    explicit crowd(flow_set& s) : set(s) {}

    void add(std::size_t count, const registration::options& opts = {}) {
        ends.resize(ends.size() + count, 0);
        for (std::size_t i = ends.size() - count; i < ends.size(); ++i) ids.push_back(set.add(handlers(i), opts));
    }

    injected::flow_handlers handlers(std::size_t i) {
        return {.on_qr_code = [this](const auto&) { ++links; },
                .on_status_change = [this](const auto& s) { ++statuses[s.status]; },
                .on_finished =
                    [this, i](const registration::outcome& o, const std::exception_ptr& e) {
                        ++ends[i];
                        if (e) ++exceptions;
                        if (const auto* app = std::get_if<registration::app>(&o)) clients.insert(app->client_id);
                        else ++codes[std::get<registration::failure>(o).code];
                    }};
    }

    [[nodiscard]] bool all_ended_once() const {
        return std::all_of(ends.begin(), ends.end(), [](int n) { return n == 1; });
    }

    flow_set& set;
    std::vector<injected::registration_id> ids;
    std::vector<int> ends;
    std::size_t links = 0;
    std::size_t exceptions = 0;
    std::map<registration::status, std::size_t> statuses;
    std::map<std::string, std::size_t> codes;  // of failures
    std::set<std::string> clients;             // distinct ids of the apps
};

/// A hash of all that happened (FNV-1a), and some figures.
struct trace_hash {
    std::uint64_t value = 14695981039346656037u;
    std::size_t events = 0;
    std::size_t timers = 0;

    void add(const fake::log_entry& e) {
        ++events;
        if (e.what == "timer") ++timers;
        const auto mix = [this](unsigned char c) { value = (value ^ c) * 1099511628211u; };
        for (const char c : e.what) mix(static_cast<unsigned char>(c));
        for (auto t = static_cast<std::uint64_t>(e.at.count()); t != 0; t >>= 8) mix(static_cast<unsigned char>(t));
    }
    friend bool operator==(const trace_hash&, const trace_hash&) = default;
};

struct run_result {
    trace_hash trace;
    std::size_t apps = 0;
    duration took{};
};

run_result run(std::size_t count, const fake::service_options& behaviour, duration latency,
               const registration::options& opts = {}, std::chrono::milliseconds slack = 8ms) {
    fake::accounts_service service{behaviour};
    fake::event_loop loop{service, {.latency = latency}};
    run_result result;
    loop.on_event([&result](const auto& e) { result.trace.add(e); });
    flow_set set{loop, {.max_starts_per_second = 5000, .timer_slack = slack}};
    crowd all{set};
    all.add(count, opts);
    const auto start = loop.now();
    loop.run(set);
    BOOST_TEST(all.all_ended_once());
    BOOST_TEST(all.links == count);
    BOOST_TEST(all.statuses[registration::status::slow_down] == 0u, "a poll came too soon");
    result.apps = all.clients.size();
    result.took = loop.now() - start;
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_set_many)

BOOST_AUTO_TEST_CASE(a_thousand_tell_the_same_story_twice) {
    const fake::service_options behaviour{.approve_after = 12s};
    const auto first = run(1000, behaviour, 80ms);
    BOOST_TEST(first.apps == 1000u);
    BOOST_TEST((first.took < 17s));
    // init, begin, and polls at about 0, 5, 10 and 15 s; the model is asked, and answers
    BOOST_TEST(first.trace.events - first.trace.timers == 1000u * 6 * 2);
    BOOST_TEST((run(1000, behaviour, 80ms).trace == first.trace));
    BOOST_TEST((run(1000, behaviour, 81ms).trace.value != first.trace.value), "the hash would not see a difference");
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_get_their_apps) {
    const auto all = run(very_many, {.interval = 60s, .approve_after = 30s}, 50ms, {.check_auth_methods = false});
    BOOST_TEST(all.apps == very_many);
}

BOOST_AUTO_TEST_CASE(the_timer_goes_off_no_more_than_there_is_to_do) {
    const auto result = run(1000, {.approve_after = 12s}, 80ms, {}, 0ms);
    // One for a start or a poll at most, and a few that find their request answered already.
    BOOST_TEST(result.trace.timers <= 4 * 1000u + 100);
    // All begin within 200 ms, and ask three times more: turns of 8 ms, with 40 requests each, which is two calls.
    BOOST_TEST(run(1000, {.approve_after = 12s}, 80ms).trace.timers <= 4 * 2 * 200u / 8 + 20);
}

BOOST_AUTO_TEST_CASE(all_are_denied_at_once) {
    fake::accounts_service service{};
    fake::event_loop loop{service, {.latency = 20ms}};
    flow_set set{loop};
    crowd all{set};
    all.add(2000);
    loop.after(20s, [&] { BOOST_TEST(service.deny_all(loop.now()) == 2000u); });
    loop.run(set);
    BOOST_TEST(all.all_ended_once());
    BOOST_TEST(all.codes["access_denied"] == 2000u);
}

BOOST_AUTO_TEST_CASE(a_random_half_is_cancelled_while_replies_arrive) {
    std::mt19937 random{3};
    fake::accounts_service service{{.approve_after = 20s}};
    fake::event_loop loop{service, {.latency = 300ms}};
    flow_set set{loop, {.max_starts_per_second = 2000}};
    crowd all{set};
    constexpr std::size_t count = 4000;
    all.add(count);
    std::size_t cancelled = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (random() % 2 == 0) continue;
        loop.after(std::chrono::microseconds{random() % 22'000'000}, [&, i] {
            const bool was_running = all.ends[i] == 0;
            BOOST_TEST(set.cancel(all.ids[i]) == was_running);
            BOOST_TEST(all.ends[i] == 1);
            cancelled += was_running;
        });
    }
    loop.run(set);
    BOOST_TEST(all.all_ended_once());
    BOOST_TEST(cancelled > count / 4);
    BOOST_TEST(all.codes["abort"] == cancelled);
    BOOST_TEST(all.codes.size() == 1u);
    BOOST_TEST(all.clients.size() == count - cancelled);
    BOOST_TEST(set.requests_in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(one_host_hangs_and_the_others_go_on) {
    fake::accounts_service service{{.approve_after = 12s}};
    service.add_fault({.at = fake::host_role::lark, .replies = 1'000'000, .delay = 24h});
    fake::event_loop loop{service, {.latency = 50ms}};
    flow_set set{loop, {.max_requests = 100, .max_requests_per_host = 75}};
    crowd stuck{set}, fine{set};
    stuck.add(500, {.domain = "https://accounts.larksuite.com"});
    fine.add(500);
    const auto start = loop.now();
    while (std::any_of(fine.ends.begin(), fine.ends.end(), [](int n) { return n == 0; })) {
        BOOST_REQUIRE((loop.now() - start < 20s));
        loop.run_for(100ms);
    }
    BOOST_TEST(fine.clients.size() == 500u);
    loop.run(set);
    BOOST_TEST(stuck.all_ended_once());
    BOOST_TEST(stuck.codes["timeout"] == 500u);
}

BOOST_AUTO_TEST_CASE(the_service_restarts_in_the_middle) {
    fake::accounts_service service{{.approve_after = 20s}};
    fake::event_loop loop{service, {.latency = 400ms}};
    flow_set set{loop};
    crowd all{set};
    all.add(1000);
    loop.after(6s, [&] {  // requests of the next second or so are cut off
        service.add_fault(
            {.replies = 1'000'000, .instead = transport_failure{transport_failure_kind::cut, "restarting"}});
    });
    loop.after(7500ms, [&] { service.clear_faults(); });
    loop.run(set);
    BOOST_TEST(all.all_ended_once());
    BOOST_TEST(all.clients.size() == 1000u);
    BOOST_TEST(all.statuses[registration::status::retrying] > 100u);
}

BOOST_AUTO_TEST_CASE(a_slow_service_makes_no_poll_late) {
    for (const auto slack : {0ms, 8ms}) {
        fake::accounts_service service{{.approve_after = 30s}};
        fake::event_loop loop{service, {.latency = 2s}};
        flow_set set{loop, {.timer_slack = slack}};
        crowd all{set};
        constexpr std::size_t count = 4000;  // at a second for each start there would be more requests than places
        all.add(count);
        loop.run(set);
        BOOST_TEST(all.clients.size() == count);
        for (const auto& code : service.codes(loop.now()))
            for (std::size_t i = 1; i < code.recent_polls.size(); ++i) {
                const auto apart = code.recent_polls[i].at - code.recent_polls[i - 1].at;
                BOOST_REQUIRE((apart >= 7s));  // there, back, and the interval
                BOOST_REQUIRE((apart <= 7s + slack));
            }
    }
}

BOOST_AUTO_TEST_CASE(all_move_to_lark) {
    fake::accounts_service service{{.tenant_brand = "lark", .approve_after = 8s}};
    fake::event_loop loop{service, {.latency = 50ms}};
    flow_set set{loop, {.max_requests_per_host = 200}};
    crowd all{set};
    all.add(1000);
    loop.run(set);
    BOOST_TEST(all.clients.size() == 1000u);
    BOOST_TEST(all.statuses[registration::status::domain_switched] == 1000u);
    BOOST_TEST(service.counters().lark.poll == 1000u);
}

BOOST_AUTO_TEST_CASE(all_expire) {
    fake::accounts_service service{{.lifetime = 60s}};
    fake::event_loop loop{service, {.latency = 50ms}};
    flow_set set{loop};
    crowd all{set};
    all.add(1000);
    loop.run(set);
    BOOST_TEST(all.all_ended_once());
    BOOST_TEST(all.codes["expired_token"] == 1000u);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_costs_its_own_registration_only) {
    fake::accounts_service service{{.approve_after = 8s}};
    fake::event_loop loop{service, {.latency = 50ms}};
    flow_set set{loop};
    crowd all{set};
    all.add(300);
    for (std::size_t i = 0; i < 100; ++i) {
        all.ends.push_back(0);
        auto handlers = all.handlers(all.ends.size() - 1);
        handlers.on_status_change = [](const auto&) { throw std::runtime_error{"not today"}; };
        all.ids.push_back(set.add(handlers));
    }
    loop.run(set);
    BOOST_TEST(all.all_ended_once());
    BOOST_TEST(all.clients.size() == 300u);
    BOOST_TEST(all.exceptions == 100u);
    BOOST_TEST(all.codes["abort"] == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
