// SPDX-License-Identifier: MIT
// Faults of callbacks and machines in `flow_set` over the event loop, on a clock that jumps over waits;
// callbacks_test.cpp and environment_test.cpp have them for the blocking call.
#include "support/fault_accounts.hpp"
#include "support/fault_loop.hpp"
#include "support/fault_watch.hpp"

#include <lark/injected/flow_set.hpp>
#include <lark/poco/event_loop.hpp>

#include <boost/test/unit_test.hpp>

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
using injected::flow_handlers;
using injected::registration_id;

namespace {

/// No `std::exception`: the most awkward thing that a callback can throw.
struct own {
    int value = 0;
};

int value_of(const std::exception_ptr& thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const own& one) {
        return one.value;
    }
    return 0;
}

std::string end_of(const registration::outcome& end) {
    const auto* app = std::get_if<registration::app>(&end);
    return app != nullptr ? app->client_id : std::get<registration::failure>(end).code;
}

struct fixture : fault_accounts {
    std::optional<poco::event_loop> client{std::in_place, http()};
    skipping_loop loop{*client};
    injected::flow_set set{loop};
    std::vector<std::string> ends;
    std::exception_ptr thrown;

    /// Notes the end; what else is to happen is the test's.
    flow_handlers handlers() {
        flow_handlers result;
        result.on_qr_code = [](const auto&) {};
        result.on_finished = [this](const registration::outcome& end, std::exception_ptr why) {
            ends.push_back(end_of(end));
            thrown = std::move(why);
        };
        return result;
    }
    /// Turns the loop until the set is empty, and returns the end if there was one.
    std::string run() {
        while (!set.empty()) loop.run_once(set);
        return ends.size() == 1 ? ends.front() : std::to_string(ends.size()) + " ends";
    }
    std::string run(flow_handlers with) {
        ends.clear();
        set.add(std::move(with), options());
        return run();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(in_a_loop, fixture)

BOOST_AUTO_TEST_CASE(what_callbacks_throw_ends_their_registration_only) {
    pending = 4;
    auto first = handlers(), second = handlers();
    std::exception_ptr of_first, of_second;
    first.on_qr_code = [](const auto&) { throw own{7}; };
    first.on_finished = [&](const auto& end, auto why) { ends.push_back(end_of(end)), of_first = why; };
    second.on_status_change = [](const auto&) { throw own{8}; };
    second.on_finished = [&](const auto& end, auto why) { ends.push_back(end_of(end)), of_second = why; };
    set.add(std::move(first), options());
    set.add(std::move(second), options());
    set.add(handlers(), options());
    (void)run();
    BOOST_TEST((ends == std::vector<std::string>{"abort", "abort", "cli_1"}));
    BOOST_TEST(value_of(of_first) == 7);
    BOOST_TEST(value_of(of_second) == 8);
    BOOST_TEST(!thrown);
}

BOOST_AUTO_TEST_CASE(longer_than_the_lifetime_leaves_one_poll) {
    pending = 1000;
    auto with = handlers();
    with.on_qr_code = [&](const auto&) { loop.jump(1h); };
    BOOST_TEST(run(with) == "expired_token");
    BOOST_TEST(polls == 1);
}

BOOST_AUTO_TEST_CASE(longer_than_the_lifetime_loses_no_credentials) {
    auto with = handlers();
    with.on_qr_code = [&](const auto&) { loop.jump(1h); };
    BOOST_TEST(run(with) == "cli_1");
    BOOST_TEST(polls == 1);
}

BOOST_AUTO_TEST_CASE(slow_ones_do_not_extend_the_lifetime) {
    pending = 1000;
    time_point linked_at{};
    auto with = handlers();
    with.on_qr_code = [&](const auto&) { linked_at = loop.now(), loop.jump(100s); };
    with.on_status_change = [&](const auto&) { loop.jump(100s); };
    BOOST_TEST(run(with) == "expired_token");
    const auto lived = saturating_sub(loop.now(), linked_at);
    BOOST_TEST((lived >= 600s && lived < 600s + 110s));  // at most the callback that was running then
    BOOST_TEST(polls <= 7);
}

BOOST_AUTO_TEST_CASE(may_cancel) {
    for (const bool early : {true, false}) {
        pending = 1000;
        polls = 0;
        ends.clear();
        registration_id id{};
        int calls = 0;
        auto with = handlers();
        with.on_qr_code = [&](const auto&) {
            ++calls;
            if (early) BOOST_TEST(set.cancel(id));
        };
        with.on_status_change = [&](const auto&) {
            ++calls;
            BOOST_TEST(set.cancel(id));
            BOOST_TEST(!set.cancel(id));
        };
        id = set.add(std::move(with), options());
        BOOST_TEST(run() == "abort");
        BOOST_TEST(calls == (early ? 1 : 2));
        BOOST_TEST(polls == (early ? 0 : 1));
    }
}

BOOST_AUTO_TEST_CASE(may_add_another_from_every_callback) {
    pending = 1;
    auto with = handlers();
    with.on_qr_code = [&](const auto&) { set.add(handlers(), options()); };
    with.on_status_change = [&](const auto&) { set.add(handlers(), options()); };
    const auto noted = with.on_finished;
    with.on_finished = [&, noted](const auto& end, auto why) {
        set.add(handlers(), options());
        noted(end, std::move(why));
    };
    (void)run(with);
    BOOST_TEST(ends.size() >= 3U);  // a fourth if the first one met the one pending reply
    for (const auto& end : ends) BOOST_TEST(end == "cli_1");
}

BOOST_AUTO_TEST_CASE(may_end_all) {
    auto with = handlers();
    with.on_qr_code = [&](const auto&) { set.cancel_all(); };
    for (int i = 0; i < 3; ++i) set.add(with, options());
    (void)run();
    BOOST_TEST((ends == std::vector<std::string>{"abort", "abort", "abort"}));
    BOOST_TEST(polls == 0);
}

BOOST_AUTO_TEST_CASE(the_machine_sleeps_past_the_lifetime) {
    pending = 1000;
    loop.on_sleep = [&] { loop.jump(24h); };
    BOOST_TEST(run(handlers()) == "expired_token");
    BOOST_TEST(polls == 2);  // the first, and one on waking
}

BOOST_AUTO_TEST_CASE(the_machine_sleeps_and_the_user_has_approved) {
    pending = 1;
    loop.on_sleep = [&] { loop.jump(24h); };
    BOOST_TEST(run(handlers()) == "cli_1");
    BOOST_TEST(polls == 2);
}

BOOST_AUTO_TEST_CASE(the_clock_jumps_ahead_within_the_lifetime) {
    pending = 4;
    loop.on_sleep = [&] { loop.jump(100s); };  // a hundred intervals: one poll is due, not a hundred
    BOOST_TEST(run(handlers()) == "cli_1");
    BOOST_TEST(polls == 5);
}

BOOST_AUTO_TEST_CASE(the_clock_jumps_back) {
    pending = 4;
    bool once = false;
    loop.on_sleep = [&] {
        if (!std::exchange(once, true)) loop.jump(-1h);
    };
    BOOST_TEST(run(handlers()) == "cli_1");
    BOOST_TEST(polls == 5);
}

BOOST_AUTO_TEST_CASE(signals_all_the_time) {
    static std::atomic<int> count = 0;
    struct sigaction action {
    }, former{};
    action.sa_handler = [](int) { ++count; };  // no SA_RESTART: every wait of the kernel is broken off
    sigaction(SIGUSR1, &action, &former);
    {
        const std::jthread sender{[target = pthread_self()](const std::stop_token& stop) {
            for (; !stop.stop_requested(); std::this_thread::sleep_for(1ms)) pthread_kill(target, SIGUSR1);
        }};
        while (count < 10) {
            pending = 2;
            BOOST_TEST(run(handlers()) == "cli_1");
        }
    }
    sigaction(SIGUSR1, &former, nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
