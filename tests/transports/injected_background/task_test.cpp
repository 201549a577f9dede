// SPDX-License-Identifier: MIT
// The state that a background registration and its handle share, without a driver.
#include "callback_gate.hpp"
#include "registration_task.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

using namespace lark;
using namespace std::chrono_literals;
using injected::detail::callback_gate;
using injected::detail::registration_task;
using lark::registration::async_handlers;
using steady = std::chrono::steady_clock;

BOOST_AUTO_TEST_SUITE(task)

BOOST_AUTO_TEST_CASE(a_gate_that_is_closed_lets_no_callback_start) {
    const auto gate = std::make_shared<callback_gate>();
    int count = 0;
    {
        const callback_gate::scope within{gate.get()};
        BOOST_TEST(within.entered());
        const auto begin = steady::now();
        gate->close(20ms);  // waits in vain
        BOOST_TEST((steady::now() - begin >= 20ms));
        const callback_gate::scope late{gate.get()};
        BOOST_TEST(!late.entered());
    }
    for (const bool posts : {false, true}) {
        async_handlers handlers;
        handlers.on_qr_code = [&](const auto&) { ++count; };
        handlers.on_finished = [&](const auto&) { ++count; };
        if (posts)
            handlers.post = [&](const std::function<void()>& turn) {
                ++count;
                turn();
            };
        const auto task = std::make_shared<registration_task>(std::move(handlers), gate);
        task->deliver(registration::qr_code{});
        task->finish(registration::app{"cli_1", secret{"s"}});
        BOOST_TEST(count == 0);
        BOOST_TEST(task->get().client_id == "cli_1");  // an outcome is there all the same
    }
}

BOOST_AUTO_TEST_SUITE_END()
