// SPDX-License-Identifier: MIT
// `co_await` for a registration in the background: where the coroutine goes on, what it gets, and what ends it.
#include "accounts_script.hpp"
#include "user_loop.hpp"

#include <lark/poco.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

using namespace lark;
using namespace lark::test;
using lark::registration::async_handlers;

namespace {

/// A coroutine that begins at once and destroys itself at its end. One that waits can be destroyed from outside.
struct running {
    struct promise_type {
        running get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> frame;
};

/// The end of a coroutine, as seen from outside.
struct ended {
    std::string with{};
    std::thread::id on{};
};

struct fixture : tls_fixture {
    accounts_script service{.tls = &good};
    scripted_server server{[this](peer& client) { service(client); }};
    std::promise<ended> promise;

    async_handlers handlers() {
        return {.on_qr_code = [](const registration::qr_code&) {}};
    }
    injected::registration_handle begin(async_handlers with) {
        return register_app_async(std::move(with), at(server), options());
    }
    injected::registration_handle begin() { return begin(handlers()); }

    /// Fails the test if there is no end within 10 s.
    ended end() {
        auto future = promise.get_future();
        BOOST_REQUIRE((future.wait_for(10s) == std::future_status::ready));
        return future.get();
    }
};

template <class Awaited>
running await(Awaited awaited, std::promise<ended>& result) {
    std::string with;
    try {
        const registration::app app = co_await awaited();
        with = app.client_id;
    } catch (const register_app_error& e) {
        with = e.code();
    } catch (const std::exception& e) {
        with = e.what();
    }
    result.set_value({with, std::this_thread::get_id()});
}

/// The handle is the coroutine's own.
running await_own(injected::registration_handle own, std::stop_token stop, std::promise<ended>& result) {
    std::string with;
    try {
        with = (co_await injected::until(own, std::move(stop))).client_id;
    } catch (const register_app_error& e) {
        with = e.code();
    }
    result.set_value({with, std::this_thread::get_id()});
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(awaiter, fixture)

BOOST_AUTO_TEST_CASE(a_coroutine_goes_on_on_the_thread_of_the_registration) {
    std::thread::id of_callbacks;
    auto with = handlers();
    with.on_finished = [&](const registration::outcome&) { of_callbacks = std::this_thread::get_id(); };
    await_own(begin(std::move(with)), {}, promise);
    const auto e = end();
    BOOST_TEST(e.with == "cli_1");
    BOOST_TEST((e.on == of_callbacks));
    BOOST_TEST((e.on != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_handle_that_nobody_keeps_is_kept_by_the_expression) {
    await([this] { return begin(); }, promise);
    BOOST_TEST(end().with == "cli_1");
}

BOOST_AUTO_TEST_CASE(it_goes_on_by_post_after_all_callbacks) {
    user_loop loop;
    std::string calls;
    auto with = handlers();
    with.on_finished = [&](const registration::outcome&) { calls += "finished "; };
    with.post = loop.post();
    auto handle = begin(std::move(with));
    await([&]() -> injected::registration_handle& { return handle; }, promise);
    loop.next()();  // the link
    loop.next()();  // the end
    auto future = promise.get_future();
    BOOST_TEST((future.wait_for(0s) == std::future_status::timeout));
    BOOST_TEST(calls == "finished ");
    loop.next()();
    BOOST_REQUIRE((future.wait_for(0s) == std::future_status::ready));
    const auto e = future.get();
    BOOST_TEST(e.with == "cli_1");
    BOOST_TEST((e.on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(what_is_over_already_is_not_waited_for) {
    auto handle = begin();
    static_cast<void>(handle.get());
    await([&]() -> injected::registration_handle& { return handle; }, promise);
    const auto e = end();
    BOOST_TEST(e.with == "cli_1");
    BOOST_TEST((e.on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(the_end_may_be_an_exception) {
    service.poll_end = R"({"error":"access_denied"})";
    await([this] { return begin(); }, promise);
    BOOST_TEST(end().with == "access_denied");
}

BOOST_AUTO_TEST_CASE(so_may_that_of_a_callback) {
    async_handlers with{.on_qr_code = [](const registration::qr_code&) { throw std::runtime_error{"mine"}; }};
    await([&] { return begin(std::move(with)); }, promise);
    BOOST_TEST(end().with == "mine");
}

BOOST_AUTO_TEST_CASE(a_stop_request_ends_it_on_the_thread_of_the_registration) {
    service.pending = 1000;
    std::stop_source stop;
    await_own(begin(), stop.get_token(), promise);
    BOOST_REQUIRE(server.wait_reached());
    stop.request_stop();
    const auto e = end();
    BOOST_TEST(e.with == "abort");
    BOOST_TEST((e.on != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_stop_request_that_was_made_before_ends_it_at_once) {
    service.pending = 1000;
    std::stop_source stop;
    stop.request_stop();
    await_own(begin(), stop.get_token(), promise);
    BOOST_TEST(end().with == "abort");
}

BOOST_AUTO_TEST_CASE(a_cancel_from_elsewhere_resumes_it) {
    service.pending = 1000;
    auto handle = begin();
    await([&]() -> injected::registration_handle& { return handle; }, promise);
    handle.cancel();
    const auto e = end();
    BOOST_TEST(e.with == "abort");
    BOOST_TEST((e.on != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_registrar_resumes_it) {
    service.pending = 1000;
    std::optional<poco::registrar> many{std::in_place, options()};
    auto handle = many->start(handlers(), at(server));
    await([&]() -> injected::registration_handle& { return handle; }, promise);
    BOOST_REQUIRE(server.wait_reached());
    many.reset();
    BOOST_TEST(end().with == "abort");
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_destroyed_ends_its_registration_and_is_not_resumed) {
    service.pending = 1000;
    const auto waiting = await_own(begin(), {}, promise);
    BOOST_REQUIRE(server.wait_reached());
    waiting.frame.destroy();
    BOOST_TEST((promise.get_future().wait_for(0s) == std::future_status::timeout));
}

BOOST_AUTO_TEST_CASE(what_was_posted_for_one_that_is_destroyed_does_nothing) {
    user_loop loop;
    auto with = handlers();
    with.post = loop.post();
    const auto waiting = await_own(begin(std::move(with)), {}, promise);
    loop.next()();  // the link
    const auto resume = loop.next();
    waiting.frame.destroy();
    resume();
    BOOST_TEST((promise.get_future().wait_for(0s) == std::future_status::timeout));
}

BOOST_AUTO_TEST_CASE(a_post_that_throws_resumes_it_on_the_spot) {
    int left = 1;  // the link alone
    auto with = handlers();
    with.post = [&](std::function<void()> f) {
        if (left-- <= 0) throw std::runtime_error{"no more"};
        f();
    };
    await_own(begin(std::move(with)), {}, promise);
    BOOST_TEST(end().with == "cli_1");
}

BOOST_AUTO_TEST_CASE(one_waits_at_a_time) {
    service.pending = 1000;
    auto handle = begin();
    BOOST_TEST(handle.when_over([] {}));
    BOOST_CHECK_THROW(static_cast<void>(handle.when_over([] {})), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
