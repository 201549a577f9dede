// SPDX-License-Identifier: MIT
// `co_await` for a registration, for all that runs registrations with handles: the coroutine goes on once, after all
// callbacks, where these run. The same over sockets is in tests/transports/poco/awaiter_test.cpp.
#include "background_driver.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace lark::test {

/// A coroutine that begins at once and destroys itself at its end.
struct awaiting_coroutine {
    struct promise_type {
        awaiting_coroutine get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

/// Where and how the coroutine went on.
struct resumption {
    std::thread::id last_callback{};
    std::thread::id resumed{};
    std::string end{};
    int times = 0;
};

}  // namespace lark::test

namespace {

/// Of internal linkage: clang 14 with UBSan compiles no other coroutine.
awaiting_coroutine report(injected::registration_handle& handle, std::stop_token stop, resumption& into,
                          posted_functions& posted) {
    std::string end = "app";
    try {
        static_cast<void>(co_await injected::until(handle, std::move(stop)));
    } catch (const register_app_error& e) {
        end = e.code();
    }
    into.end = end;
    into.resumed = std::this_thread::get_id();
    posted.change([&] { ++into.times; });
}

const auto kinds = data::make(background_kinds);
const auto posting = data::make({false, true});

}  // namespace

BOOST_AUTO_TEST_SUITE(awaiting)

BOOST_DATA_TEST_CASE(goes_on_after_all_callbacks_where_they_run, kinds* posting* data::make({false, true}), kind, posts,
                     stops) {
    for (duration t = 500ms; t < 17s; t += 500ms) {
        posted_functions posted;
        resumption seen;
        std::stop_source stop;
        const auto driver = kind.make();
        // On the thread that runs the registration, while the coroutine waits or before it does.
        if (stops) driver->at(t, [&] { stop.request_stop(); });
        auto handle =
            driver->start({.on_qr_code = [](const auto&) {},
                           .on_finished = [&](const auto&) { seen.last_callback = std::this_thread::get_id(); },
                           .post = posts ? posted.post() : nullptr});
        report(handle, stop.get_token(), seen, posted);
        while (driver->turn()) posted.run();
        BOOST_TEST(posted.run_until([&] { return seen.times > 0; }));
        BOOST_TEST(seen.times == 1);
        BOOST_TEST((seen.last_callback != std::thread::id{}));
        BOOST_TEST((seen.end == "app" || (stops && seen.end == "abort")));
        if (posts) BOOST_TEST((seen.resumed == std::this_thread::get_id()));
        BOOST_TEST((handle.wait_for(0s) == std::future_status::ready));
        if (!stops) break;  // the same at any time
    }
}

BOOST_AUTO_TEST_SUITE_END()
