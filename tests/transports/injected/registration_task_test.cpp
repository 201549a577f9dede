// SPDX-License-Identifier: MIT
#include "registration_task.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace lark;
using injected::detail::registration_task;

BOOST_AUTO_TEST_SUITE(injected_registration_task)

// A pool of threads may drop a posted function: its own callback is dropped with it, not another's.
BOOST_AUTO_TEST_CASE(a_posted_function_that_is_dropped_takes_its_own_callback_along) {
    std::vector<std::function<void()>> posted;
    std::string told;
    registration::async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { told += "qr "; };
    handlers.on_status_change = [&](const auto&) { told += "status "; };
    handlers.post = [&](std::function<void()> turn) { posted.push_back(std::move(turn)); };
    const auto task = std::make_shared<registration_task>(std::move(handlers));
    task->deliver(registration::qr_code{});
    task->deliver(registration::status_change{});
    BOOST_TEST_REQUIRE(posted.size() == 2u);
    posted.pop_back();
    posted.front()();
    BOOST_TEST(told == "qr ");
}

BOOST_AUTO_TEST_SUITE_END()
