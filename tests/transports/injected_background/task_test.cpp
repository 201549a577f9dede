// SPDX-License-Identifier: MIT
// The state that a background registration and its handle share, without a driver.
#include "callback_gate.hpp"
#include "registration_task.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

using namespace lark;
using namespace std::chrono_literals;
using injected::detail::callback_gate;
using injected::detail::registration_task;
using lark::registration::async_handlers;
using steady = std::chrono::steady_clock;

namespace {

/// A task whose functions wait until the test runs or drops them.
struct posting {
    std::vector<std::function<void()>> posted{};
    std::vector<std::string> calls{};
    std::shared_ptr<registration_task> task = std::make_shared<registration_task>(handlers());

    async_handlers handlers() {
        async_handlers result;
        result.on_qr_code = [this](const auto&) { calls.emplace_back("link"); };
        result.on_finished = [this](const registration::outcome& end) {
            const auto* why = std::get_if<registration::failure>(&end);
            calls.push_back(why != nullptr ? why->code : "app");
        };
        result.post = [this](std::function<void()> f) { posted.push_back(std::move(f)); };
        return result;
    }
    void finish() { task->finish(registration::app{"cli_1", secret{"s"}}); }
    [[nodiscard]] bool over() { return task->wait_for(0s) == std::future_status::ready; }
};

using calls = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(task)

// A pool of threads may drop a posted function: its own callback is dropped with it, not another's.
BOOST_AUTO_TEST_CASE(a_posted_function_that_is_dropped_takes_its_own_callback_along) {
    std::vector<std::function<void()>> posted;
    std::string calls;
    registration::async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { calls += "qr "; };
    handlers.on_status_change = [&](const auto&) { calls += "status "; };
    handlers.post = [&](std::function<void()> turn) { posted.push_back(std::move(turn)); };
    const auto task = std::make_shared<registration_task>(std::move(handlers));
    task->deliver(registration::qr_code{});
    task->deliver(registration::status_change{});
    BOOST_TEST_REQUIRE(posted.size() == 2u);
    posted.pop_back();
    posted.front()();
    BOOST_TEST(calls == "qr ");
}

BOOST_AUTO_TEST_CASE(the_last_callback_is_dropped_only_with_the_last_function) {
    for (const std::size_t dropped : {0U, 1U}) {
        posting p;
        p.task->deliver(registration::qr_code{});
        p.finish();
        BOOST_TEST(p.posted.size() == 2u);
        p.posted[dropped] = nullptr;
        BOOST_TEST(!p.over());
        p.posted[1 - dropped]();
        BOOST_TEST(p.calls == calls{"app"}, boost::test_tools::per_element());
        BOOST_TEST(p.over());
    }
    posting p;
    p.task->deliver(registration::qr_code{});
    p.finish();
    p.posted.clear();
    BOOST_TEST(p.calls.empty());
    BOOST_TEST(p.over());
    BOOST_TEST(p.task->get().client_id == "cli_1");
}

BOOST_AUTO_TEST_CASE(a_cancel_leaves_the_last_one_whose_function_is_posted_later) {
    posting p;
    bool asked = false;
    p.task->on_cancel([&] { asked = true; });
    p.task->deliver(registration::qr_code{});
    p.task->cancel();
    BOOST_TEST(asked);
    p.task->deliver(registration::qr_code{});
    p.posted.at(0)();  // its callback was dropped
    BOOST_TEST((p.calls.empty() && !p.over()));
    p.finish();  // credentials had arrived
    p.posted.at(1)();
    BOOST_TEST(p.calls == calls{"app"}, boost::test_tools::per_element());
    BOOST_TEST(p.over());
}

BOOST_AUTO_TEST_CASE(a_cancel_after_the_outcome_leaves_the_last_one) {
    posting p;
    p.task->deliver(registration::qr_code{});
    p.finish();
    p.task->cancel();
    p.posted.at(0)();
    p.posted.at(1)();
    BOOST_TEST(p.calls == calls{"app"}, boost::test_tools::per_element());
    BOOST_TEST(p.over());
}

BOOST_AUTO_TEST_CASE(functions_may_run_in_a_pool_of_threads) {
    posting p;
    std::vector<int> order;
    async_handlers handlers = p.handlers();
    std::shared_ptr<registration_task> task;
    handlers.on_qr_code = [&](const auto&) {
        order.push_back(1);
        std::thread{p.posted.at(1)}.join();  // it leaves its turn to the callback that runs
        order.push_back(2);
    };
    handlers.on_finished = [&](const auto&) { order.push_back(3); };
    task = std::make_shared<registration_task>(std::move(handlers));
    task->deliver(registration::qr_code{});
    task->finish(registration::app{"cli_1", secret{"s"}});
    p.posted.at(0)();
    BOOST_TEST(order == (std::vector{1, 2, 3}), boost::test_tools::per_element());
    BOOST_TEST((task->wait_for(0s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(a_function_that_is_dropped_while_another_one_is_owed_a_turn) {
    posting p;
    std::vector<int> order;
    async_handlers handlers = p.handlers();
    handlers.on_qr_code = [&](const auto&) {
        order.push_back(1);
        std::thread{p.posted.at(1)}.join();  // owed
    };
    handlers.on_status_change = [&](const auto&) {
        order.push_back(2);
        p.posted.at(2) = nullptr;  // the last one's
    };
    handlers.on_finished = [&](const auto&) { order.push_back(3); };
    const auto task = std::make_shared<registration_task>(std::move(handlers));
    task->deliver(registration::qr_code{});
    task->deliver(registration::status_change{});
    task->finish(registration::app{"cli_1", secret{"s"}});
    p.posted.at(0)();
    BOOST_TEST(order == (std::vector{1, 2}), boost::test_tools::per_element());
    BOOST_TEST((task->wait_for(0s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(what_post_throws_is_reported_and_ends_it) {
    struct own {};
    for (const bool link_comes : {false, true}) {
        int left = link_comes ? 0 : 1;
        bool asked = false;
        async_handlers handlers;
        handlers.on_qr_code = [](const auto&) {};
        handlers.on_finished = [](const auto&) { BOOST_ERROR("it has no thread to be called on"); };
        handlers.post = [&](const std::function<void()>& f) {
            if (left-- <= 0) throw own{};
            f();
        };
        const auto task = std::make_shared<registration_task>(std::move(handlers));
        task->on_cancel([&] { asked = true; });
        task->deliver(registration::qr_code{});
        BOOST_TEST(asked == link_comes);
        BOOST_TEST((task->wait_for(0s) == std::future_status::timeout));
        task->finish(registration::app{"cli_1", secret{"s"}});
        BOOST_CHECK_THROW(static_cast<void>(task->get()), own);
    }
}

BOOST_AUTO_TEST_CASE(the_driver_is_asked_once_and_reports_one_end) {
    int asked = 0;
    posting p;
    p.task->cancel();
    p.task->on_cancel([&] { ++asked; });
    BOOST_TEST(asked == 1);
    p.task->cancel();
    BOOST_TEST(asked == 1);
    p.finish();
    p.task->fail(std::make_exception_ptr(std::runtime_error{"later"}));
    p.task->finish(registration::failure{});
    BOOST_TEST(p.posted.size() == 1u);
    p.posted[0]();
    BOOST_TEST(p.calls == calls{"app"}, boost::test_tools::per_element());
    BOOST_TEST(p.task->get().client_id == "cli_1");
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_driver_is_the_end) {
    posting p;
    p.task->fail(std::make_exception_ptr(std::runtime_error{"no memory"}));
    p.posted.at(0)();
    BOOST_TEST(p.calls == calls{"abort"}, boost::test_tools::per_element());
    BOOST_CHECK_EXCEPTION(static_cast<void>(p.task->get()), std::runtime_error,
                          [](const auto& e) { return std::string{e.what()} == "no memory"; });
}

BOOST_AUTO_TEST_CASE(nothing_is_called_once_the_handle_is_destroyed) {
    posting p;
    p.task->deliver(registration::qr_code{});
    p.finish();
    p.task->abandon();
    for (const auto& f : p.posted) f();
    BOOST_TEST(p.calls.empty());
    BOOST_TEST(p.over());
}

// A program may destroy the queue that `post` fills right after the handle.
BOOST_AUTO_TEST_CASE(a_call_of_post_has_returned_once_the_handle_is_destroyed) {
    for (const bool resumes : {false, true}) {  // a callback, or a caller of `when_over`
        std::promise<void> entered;
        std::promise<void> destroyed;
        std::atomic<bool> returned = false;
        std::atomic<int> count = 0;
        async_handlers handlers;
        if (!resumes) handlers.on_finished = [](const auto&) {};
        handlers.post = [&, over = destroyed.get_future().share()](const std::function<void()>&) {
            ++count;
            entered.set_value();
            over.wait_for(50ms);  // in vain, unless the handle is destroyed without waiting
            returned = true;
        };
        const auto task = std::make_shared<registration_task>(std::move(handlers));
        if (resumes) BOOST_TEST(task->when_over([] { BOOST_ERROR("its handle is destroyed"); }));
        std::thread driver{[task] { task->finish(registration::app{"cli_1", secret{"s"}}); }};
        entered.get_future().wait();
        task->abandon(60s);
        BOOST_TEST(returned);
        destroyed.set_value();
        driver.join();
        BOOST_TEST(count == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_call_of_post_that_waits_for_this_thread_is_not_waited_for) {
    std::promise<void> entered;
    std::promise<void> destroyed;
    async_handlers handlers;
    handlers.on_finished = [](const auto&) { BOOST_ERROR("its handle is destroyed"); };
    handlers.post = [&](const std::function<void()>& f) {
        entered.set_value();
        destroyed.get_future().wait();
        f();
    };
    const auto task = std::make_shared<registration_task>(std::move(handlers));
    std::thread driver{[task] { task->finish(registration::app{"cli_1", secret{"s"}}); }};
    entered.get_future().wait();
    task->abandon(20ms);
    destroyed.set_value();
    driver.join();
}

BOOST_AUTO_TEST_CASE(post_may_run_a_callback_at_once_that_destroys_the_handle) {
    int count = 0;
    std::shared_ptr<registration_task> task;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) {
        ++count;
        task->abandon(60s);  // does not wait for the call that it is in
    };
    handlers.on_finished = [&](const auto&) { ++count; };
    handlers.post = [&](const std::function<void()>& f) {
        ++count;
        f();
    };
    task = std::make_shared<registration_task>(std::move(handlers));
    task->deliver(registration::qr_code{});
    task->finish(registration::app{"cli_1", secret{"s"}});
    BOOST_TEST(count == 2);
}

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
