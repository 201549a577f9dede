// SPDX-License-Identifier: MIT
// Callbacks that throw, that take long, that cancel, that start another registration, that destroy their handle.
#include "support/fault_accounts.hpp"
#include "support/fault_clock.hpp"
#include "support/fault_watch.hpp"

#include <lark/injected/register_app.hpp>
#include <lark/poco.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;

namespace {

/// No `std::exception`: the most awkward thing that a callback can throw.
struct own {
    int value = 0;
};

struct fixture : fault_accounts {
    held_resources before = held_with_server();

    ~fixture() {
        server.reset();
        const auto after = settle(before);
        BOOST_TEST(after.descriptors <= before.descriptors);
        BOOST_TEST(after.threads <= before.threads);
    }

    /// The server's own listener and thread go before the end is counted.
    static held_resources held_with_server() {
        auto held = held_now();
        --held.descriptors;
        --held.threads;
        return held;
    }
};

/// The blocking entry point over real sockets, on a clock that jumps over waits.
struct blocking : fixture {
    poco::http_client wire{http()};
    skipping_client client{wire};

    std::string end_of(const registration::handlers& handlers, std::stop_token stop = {}) {
        try {
            return injected::register_app(handlers, options(), client, std::move(stop)).client_id;
        } catch (const app_expired_error& error) {
            BOOST_TEST(error.local());
            return error.code();
        } catch (const register_app_error& error) {
            return error.code();
        }
    }

    ~blocking() { server.reset(); }
};

struct background : fixture {
    static std::string end_of(injected::registration_handle& handle) {
        try {
            return handle.get().client_id;
        } catch (const register_app_error& error) {
            return error.code();
        }
    }
};

void ignore(const registration::qr_code&) {}

}  // namespace

BOOST_AUTO_TEST_SUITE(callbacks)

BOOST_FIXTURE_TEST_SUITE(on_the_callers_thread, blocking)

BOOST_AUTO_TEST_CASE(what_on_qr_code_throws_comes_out) {
    BOOST_CHECK_EXCEPTION((void)end_of({.on_qr_code = [](const auto&) { throw own{7}; }}), own,
                          [](const own& thrown) { return thrown.value == 7; });
    BOOST_TEST(polls == 0);
}

BOOST_AUTO_TEST_CASE(what_on_status_change_throws_comes_out) {
    pending = 1;
    BOOST_CHECK_EXCEPTION((void)end_of({.on_qr_code = ignore, .on_status_change = [](const auto&) { throw own{8}; }}),
                          own, [](const own& thrown) { return thrown.value == 8; });
    BOOST_TEST(polls == 1);
}

BOOST_AUTO_TEST_CASE(longer_than_the_lifetime_leaves_one_poll) {
    pending = 1000;
    BOOST_TEST(end_of({.on_qr_code = [&](const auto&) { client.jump(1h); }}) == "expired_token");
    BOOST_TEST(polls == 1);
}

BOOST_AUTO_TEST_CASE(longer_than_the_lifetime_loses_no_credentials) {
    BOOST_TEST(end_of({.on_qr_code = [&](const auto&) { client.jump(1h); }}) == "cli_1");
    BOOST_TEST(polls == 1);
}

BOOST_AUTO_TEST_CASE(slow_ones_do_not_extend_the_lifetime) {
    pending = 1000;
    time_point linked_at{};
    const registration::handlers handlers{
        .on_qr_code = [&](const auto&) { linked_at = client.now(), client.jump(100s); },
        .on_status_change = [&](const auto&) { client.jump(100s); }};
    BOOST_TEST(end_of(handlers) == "expired_token");
    const auto lived = saturating_sub(client.now(), linked_at);
    BOOST_TEST((lived >= 600s && lived < 600s + 110s));  // at most the callback that was running then
    BOOST_TEST(polls <= 7);
}

BOOST_AUTO_TEST_CASE(may_stop_from_on_qr_code) {
    std::stop_source stop;
    BOOST_TEST(end_of({.on_qr_code = [&](const auto&) { stop.request_stop(); }}, stop.get_token()) == "abort");
    BOOST_TEST(polls == 0);
}

BOOST_AUTO_TEST_CASE(may_stop_from_on_status_change) {
    pending = 1000;
    std::stop_source stop;
    BOOST_TEST(end_of({.on_qr_code = ignore, .on_status_change = [&](const auto&) { stop.request_stop(); }},
                      stop.get_token()) == "abort");
    BOOST_TEST(polls == 1);
}

BOOST_AUTO_TEST_CASE(may_register_another_app_meanwhile) {
    pending = 2;
    std::string inner;
    const auto outer = end_of({.on_qr_code = [&](const auto&) { inner = end_of({.on_qr_code = ignore}); }});
    BOOST_TEST(inner == "cli_1");
    BOOST_TEST(outer == "cli_1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(in_the_background, background)

BOOST_AUTO_TEST_CASE(what_on_qr_code_throws_comes_out_of_get) {
    registration::async_handlers handlers;
    handlers.on_qr_code = [](const auto&) { throw own{6}; };
    auto handle = lark::register_app_async(handlers, options(), http());
    BOOST_CHECK_EXCEPTION((void)handle.get(), own, [](const own& thrown) { return thrown.value == 6; });
    BOOST_TEST(polls == 0);
}

BOOST_AUTO_TEST_CASE(longer_than_the_lifetime_loses_no_credentials_and_gets_no_more_time) {
    link.replace(link.find(":600,"), 5, ":1,");  // a second
    for (const bool approved : {true, false}) {
        pending = approved ? 0 : 1000;
        polls = 0;
        registration::async_handlers handlers;
        std::promise<void> looked;
        const auto over = looked.get_future().share();
        // In the way of the only thread there is, until the code has expired.
        handlers.on_qr_code = [over](const auto& qr) { over.wait_until(qr.expires_at + 100ms); };
        auto handle = lark::register_app_async(handlers, options(), http());
        BOOST_TEST(end_of(handle) == (approved ? "cli_1" : "expired_token"));
        BOOST_TEST(polls == 1);
    }
}

BOOST_AUTO_TEST_CASE(what_on_status_change_throws_comes_out_of_get) {
    pending = 1000;
    std::atomic<int> finished = 0;
    std::string code;
    registration::async_handlers handlers;
    handlers.on_qr_code = ignore;
    handlers.on_status_change = [](const auto&) { throw own{9}; };
    handlers.on_finished = [&](const registration::outcome& end) {
        ++finished;
        code = std::get<registration::failure>(end).code;
    };
    auto handle = lark::register_app_async(handlers, options(), http());
    BOOST_CHECK_THROW((void)handle.get(), own);
    BOOST_TEST(finished == 1);
    BOOST_TEST(code == "abort");
}

BOOST_AUTO_TEST_CASE(may_cancel) {
    for (const bool early : {true, false}) {
        pending = 1000;
        polls = 0;
        std::promise<injected::registration_handle*> give;
        const auto given = give.get_future().share();
        std::atomic<int> calls = 0;
        registration::async_handlers handlers;
        handlers.on_qr_code = [&, given](const auto&) {
            ++calls;
            if (early) given.get()->cancel();
        };
        handlers.on_status_change = [&, given](const auto&) {
            ++calls;
            given.get()->cancel();
        };
        handlers.on_finished = [&](const auto&) { ++calls; };
        {
            auto handle = lark::register_app_async(handlers, options(), http());
            give.set_value(&handle);
            BOOST_TEST(end_of(handle) == "abort");
        }
        BOOST_TEST(calls == (early ? 2 : 3));  // on_finished among them
        BOOST_TEST(polls <= 1);
    }
}

BOOST_AUTO_TEST_CASE(may_destroy_the_handle) {
    enum class where { on_qr_code, on_status_change, on_finished };
    for (const auto in : {where::on_qr_code, where::on_status_change, where::on_finished}) {
        pending = in == where::on_status_change ? 1000 : 0;
        std::promise<std::optional<injected::registration_handle>*> give;
        const auto given = give.get_future().share();
        std::promise<void> gone;
        const auto alive = std::make_shared<int>(0);
        std::optional<injected::registration_handle> handle;
        std::atomic<int> calls_after = 0;
        {
            const auto at = [&, given, alive](where here) {
                if (here != in) return;
                const auto kept = alive;  // the callback's own captures must outlive the handle that it destroys
                given.get()->reset();
                calls_after += *kept;
                gone.set_value();
            };
            registration::async_handlers handlers;
            handlers.on_qr_code = [at](const auto&) { at(where::on_qr_code); };
            handlers.on_status_change = [at](const auto&) { at(where::on_status_change); };
            handlers.on_finished = [at](const auto&) { at(where::on_finished); };
            handle.emplace(lark::register_app_async(std::move(handlers), options(), http()));
        }
        give.set_value(&handle);
        gone.get_future().get();
        BOOST_TEST(!handle.has_value());
    }
}

BOOST_AUTO_TEST_CASE(may_replace_the_handle_by_another_registration) {
    std::promise<injected::registration_handle*> give;
    const auto given = give.get_future().share();
    std::promise<void> replaced;
    std::atomic<int> finished = 0;
    registration::async_handlers second;
    second.on_qr_code = ignore;
    second.on_finished = [&](const auto&) { ++finished; };
    registration::async_handlers first;
    first.on_qr_code = [&, given](const auto&) {
        *given.get() = lark::register_app_async(second, options(), http());
        replaced.set_value();
    };
    first.on_finished = [&](const auto&) { finished += 100; };
    auto handle = lark::register_app_async(first, options(), http());
    give.set_value(&handle);
    replaced.get_future().get();
    BOOST_TEST(end_of(handle) == "cli_1");
    BOOST_TEST(finished == 1);
}

BOOST_AUTO_TEST_CASE(may_block_on_another_registration) {
    std::string inner;
    registration::async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) {
        inner = lark::register_app({.on_qr_code = ignore}, options(), http()).client_id;
    };
    auto handle = lark::register_app_async(handlers, options(), http());
    BOOST_TEST(end_of(handle) == "cli_1");
    BOOST_TEST(inner == "cli_1");
}

BOOST_AUTO_TEST_CASE(are_released_with_the_handle) {
    const auto captured = std::make_shared<int>(0);
    registration::async_handlers handlers;
    handlers.on_qr_code = [captured](const auto&) {};
    handlers.on_status_change = [captured](const auto&) {};
    handlers.on_finished = [captured](const auto&) {};
    {
        auto handle = lark::register_app_async(std::move(handlers), options(), http());
        BOOST_TEST(end_of(handle) == "cli_1");
    }
    BOOST_TEST(comes_true([&] { return captured.use_count() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
