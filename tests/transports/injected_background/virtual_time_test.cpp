// SPDX-License-Identifier: MIT
// An application that uses handles, a registrar, `co_await` and asynchronous API calls, on the virtual clock: two runs
// of a test have the same trace.
#include <lark/fake.hpp>
#include <lark/injected.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace lark;
using namespace std::chrono_literals;

namespace {

using log_lines = std::vector<std::string>;

/// A coroutine that begins at once and destroys itself at its end.
struct background {
    struct promise_type {
        background get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

/// The application under test: onboards a tenant by its name, and greets the user who approved.
class application {
public:
    using make_transport = std::function<std::shared_ptr<injected::http_client>()>;
    application(injected::registrar& registrar, make_transport transport, std::function<void(std::string)> note)
        : registrar_{registrar}, transport_{std::move(transport)}, note_{std::move(note)} {}

    void onboard(std::string name, std::stop_token stop = {}) { run(std::move(name), std::move(stop)); }

private:
    background run(std::string name, std::stop_token stop) {
        auto registration = registrar_.start(
            {.on_qr_code = [this, name](const auto& qr) { note_(name + ": link " + qr.user_code); },
             .on_status_change = [this, name](const auto& s) { note_(name + ": " + std::string{to_string(s.status)}); },
             .on_finished =
                 [this, name](const registration::outcome& end) {
                     note_(name + ": " + (std::holds_alternative<registration::app>(end) ? "app" : "no app"));
                 }});
        try {
            const auto app = co_await injected::until(registration, std::move(stop));
            open_platform::client_options one_at_a_time;
            one_at_a_time.async_workers = 1;
            injected::client client{app, transport_(), std::move(one_at_a_time)};
            const auto user = client.request_async({.path = "/open-apis/contact/v3/users/me"}).get();
            note_(name + ": hello " + user.data["user"]["name"].as_string().value_or("?"));
        } catch (const register_app_error& e) {
            note_(name + ": " + e.code());
        }
    }

    injected::registrar& registrar_;
    make_transport transport_;
    std::function<void(std::string)> note_;
};

log_lines onboarding() {
    log_lines log;
    fake::accounts_service service{{.approve_after = 3min}};
    service.add_fault({.on = fake::action::poll, .replies = 2, .instead = http_response{503, {}, "busy"}});
    service.on("GET", "/open-apis/contact/v3/users/me",
               [](const fake::api_call&) { return fake::api_success(R"({"user":{"name":"Ada"}})"); });
    fake::client_options wire{.latency = 80ms};
    fake::event_loop loop{service, wire};
    const auto begun = loop.now();
    const auto note = [&](std::string what) {
        log.push_back(std::to_string((loop.now() - begun) / 1ms) + " " + std::move(what));
    };
    loop.on_event([&](const fake::log_entry& e) { note(e.what); });

    injected::registrar registrar{loop, {.timer_slack = 0ms}};
    std::vector<std::shared_ptr<fake::http_client>> transports;
    application app{registrar,
                    [&] {
                        wire.start = loop.now();
                        transports.push_back(std::make_shared<fake::http_client>(service, wire));
                        return transports.back();
                    },
                    note};
    std::stop_source stop;
    app.onboard("first");
    app.onboard("second", stop.get_token());
    loop.after(30s, [&] { app.onboard("third"); });
    loop.after(1min, [&] { stop.request_stop(); });
    registrar.run();
    note("all over, " + std::to_string(registrar.size()));
    for (const auto& transport : transports)
        for (const auto& e : transport->log()) log.push_back(e.what);
    return log;
}

bool tells(const log_lines& log, std::string_view what) {
    return std::any_of(log.begin(), log.end(), [&](const auto& line) {
        return line.substr(line.find(' ') + 1).substr(0, what.size()) == what;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(virtual_time)

BOOST_AUTO_TEST_CASE(an_application_tells_the_same_story_twice) {
    const auto log = onboarding();
    BOOST_TEST(log == onboarding(), boost::test_tools::per_element());
    for (const auto* what : {"first: link ", "first: retrying", "first: app", "first: hello Ada", "second: no app",
                             "second: abort", "third: hello Ada", "all over, 0"})
        BOOST_TEST(tells(log, what), what);
    BOOST_TEST(!tells(log, "second: app"));
}

BOOST_AUTO_TEST_CASE(api_calls_of_a_worker_tell_the_same_story_twice) {
    const auto calls = [] {
        fake::accounts_service service;
        service.add_app({.app_id = "cli_1", .app_secret = "s"});
        service.on("GET", "/open-apis/count/:n", [](const fake::api_call& call) {
            return fake::api_success("{\"n\":\"" + std::string{call.parameter("n")} + "\"}");
        });
        fake::http_client http{service, {.latency = 40ms}};
        http.after(200ms, [&] { service.expire_tokens(http.now()); });
        std::stop_source stop;
        http.after(500ms, [&] { stop.request_stop(); });
        log_lines log;
        {
            open_platform::client_options one_at_a_time;
            one_at_a_time.async_workers = 1;
            injected::client client{"cli_1", secret{"s"},
                                    std::shared_ptr<injected::http_client>{std::shared_ptr<void>{}, &http},
                                    std::move(one_at_a_time)};
            std::promise<void> last;
            for (int n = 0; n < 20; ++n)
                client.request_async(
                    {.path = "/open-apis/count/" + std::to_string(n)},
                    [&, n](const open_platform::api_result& result) {
                        // On the worker, which alone uses the log until the last call is over.
                        const auto* reply = std::get_if<open_platform::api_response>(&result);
                        log.push_back(std::to_string(n) + " " +
                                      (reply != nullptr ? reply->data["n"].as_string().value_or("?") : "stopped"));
                        if (n == 19) last.set_value();
                    },
                    stop.get_token());
            last.get_future().wait();
        }
        for (const auto& e : http.log()) log.push_back(std::to_string(e.at / 1ms) + " " + e.what);
        return log;
    };
    const auto log = calls();
    BOOST_TEST(log == calls(), boost::test_tools::per_element());
    BOOST_TEST(log[0] == "0 0");
    BOOST_TEST(log[19] == "19 stopped");
}

BOOST_AUTO_TEST_CASE(registrations_and_api_calls_share_a_loop_and_its_clock) {
    const auto run = [] {
        fake::accounts_service service{{.approve_after = 1min}};
        fake::client_options wire{.latency = 80ms};
        fake::event_loop loop{service, wire};
        const auto begun = loop.now();
        log_lines log;
        const auto note = [&](const std::string& what) {
            log.push_back(std::to_string((loop.now() - begun) / 1ms) + " " + what);
        };
        loop.on_event([&](const fake::log_entry& e) { note(e.what); });
        injected::shared_loop shared{loop};
        injected::shared_loop::view for_registrations{shared};
        injected::shared_loop::view for_calls{shared};
        service.add_app({.app_id = "cli_1", .app_secret = "s"});
        injected::async_client client{for_calls, "cli_1", secret{"s"}};
        injected::registrar registrar{loop, for_registrations};
        auto handle = registrar.start({.on_qr_code = [&](const auto&) {
            client.bot_info([&](const auto& info) { note(info.index() == 0 ? "bot" : "no bot"); });
        }});
        registrar.run();
        BOOST_TEST(client.empty());
        note(handle.get().client_id.empty() ? "no app" : "app");
        return log;
    };
    const auto log = run();
    BOOST_TEST(log == run(), boost::test_tools::per_element());
    BOOST_TEST((tells(log, "bot") && tells(log, "app")));
}

BOOST_AUTO_TEST_CASE(a_blocking_client_in_the_background_tells_the_same_story_twice) {
    const auto run = [] {
        fake::accounts_service service{{.approve_after = 1min}};
        fake::http_client http{service, {.latency = 80ms}};
        auto handle = register_app_async({.on_qr_code = [&](const auto&) { http.note("link"); },
                                          .on_finished = [&](const auto&) { http.note("end"); }},
                                         {}, http);
        const auto app = handle.get();
        log_lines log{app.client_id};
        for (const auto& e : http.log()) log.push_back(std::to_string(e.at / 1ms) + " " + e.what);
        return log;
    };
    const auto log = run();
    BOOST_TEST(log == run(), boost::test_tools::per_element());
    BOOST_TEST(tells(log, "end"));
}

BOOST_AUTO_TEST_CASE(many_are_over_at_once) {
    fake::accounts_service service{{.approve_after = 5min}};
    fake::event_loop loop{service};
    injected::registrar registrar{loop};
    std::vector<registration_handle> handles;
    for (int i = 0; i < 200; ++i) handles.push_back(registrar.start({.on_qr_code = [](const auto&) {}}));
    BOOST_TEST(registrar.stats().to_begin == 200u);
    registrar.run();
    BOOST_TEST(registrar.size() == 0u);
    for (auto& handle : handles) BOOST_TEST(!handle.get().client_id.empty());
    BOOST_TEST((loop.now() - fake::client_options{}.start >= 5min));
}

BOOST_AUTO_TEST_CASE(the_state_of_a_handle_is_on_the_virtual_wall_clock) {
    fake::accounts_service service{{.approve_after = 1min}};
    fake::event_loop loop{service};
    injected::registrar registrar{loop};
    auto handle = registrar.start({.on_qr_code = [](const auto&) {}});
    while (handle.state().polls == 0) BOOST_TEST_REQUIRE(registrar.run_once());
    const auto next = handle.state().next_request_at;
    BOOST_TEST_REQUIRE(next.has_value());
    BOOST_TEST((*next > loop.wall_now() && *next - loop.wall_now() <= 6s));
}

BOOST_AUTO_TEST_CASE(a_wait_that_would_not_end_is_refused) {
    fake::accounts_service service{{.approve_after = 1min}};
    fake::event_loop loop{service};
    injected::registrar registrar{loop};
    auto handle = registrar.start({.on_qr_code = [](const auto&) {}});
    BOOST_CHECK_THROW(static_cast<void>(handle.get()), std::logic_error);
    BOOST_CHECK_THROW(static_cast<void>(handle.wait_for(1s)), std::logic_error);
    BOOST_TEST((handle.wait_for(0s) == std::future_status::timeout));
    // Another thread may wait while this one runs the registrar.
    auto waited = std::async(std::launch::async, [&] { return handle.wait_for(1min); });
    registrar.run();
    BOOST_TEST((waited.get() == std::future_status::ready));
    BOOST_TEST(!handle.get().client_id.empty());
}

BOOST_AUTO_TEST_CASE(it_is_run_by_its_caller_or_by_its_thread) {
    fake::accounts_service service{{.approve_after = 1min}};
    fake::event_loop loop{service};
    injected::registrar by_caller{loop};
    BOOST_TEST(!by_caller.run_once());  // nothing to wait for
    int refused = 0;
    auto handle = by_caller.start({.on_qr_code = [&](const auto&) {
        try {
            by_caller.run();
        } catch (const std::logic_error&) {
            ++refused;
        }
    }});
    by_caller.run();
    BOOST_TEST(refused == 1);
    injected::registrar by_thread{
        std::make_unique<fake::event_loop>(service, fake::client_options{}, fake::when_idle::wait)};
    BOOST_CHECK_THROW(by_thread.run_once(), std::logic_error);
    BOOST_CHECK_THROW(by_thread.run(), std::logic_error);
    BOOST_TEST(!by_thread.start({.on_qr_code = [](const auto&) {}}).get().client_id.empty());
    BOOST_CHECK_THROW((injected::registrar{std::unique_ptr<injected::runnable_event_loop>{}}), invalid_option);
    BOOST_CHECK_THROW((injected::registrar{loop}), std::logic_error);  // another one is attached
    BOOST_CHECK_THROW((injected::registrar{std::make_unique<fake::event_loop>(service), {.max_requests = 0}}),
                      invalid_option);
}

BOOST_AUTO_TEST_CASE(nothing_more_can_happen) {
    fake::accounts_service service;
    fake::event_loop loop{service};
    BOOST_CHECK_THROW(loop.run_once(), std::logic_error);
    loop.wake();
    loop.run_once();
    BOOST_CHECK_THROW(loop.run_once(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_the_registrar_that_its_caller_runs) {
    fake::accounts_service service{{.approve_after = 1min}};
    fake::event_loop loop{service};
    auto registrar = std::make_unique<injected::registrar>(loop);
    int late = 0;
    int links = 0;
    std::vector<registration_handle> handles;
    for (int i = 0; i < 3; ++i)
        handles.push_back(registrar->start({.on_qr_code =
                                                [&](const auto&) {
                                                    ++links;
                                                    registrar.reset();
                                                },
                                            .on_finished = [&](const auto&) { ++late; }}));
    while (registrar && registrar->run_once()) {}
    BOOST_TEST(links == 1);
    BOOST_TEST(late == 0);
    for (auto& handle : handles) {
        BOOST_TEST((handle.wait_for(0s) == std::future_status::ready));
        BOOST_CHECK_EXCEPTION(static_cast<void>(handle.get()), register_app_error,
                              [](const auto& e) { return e.code() == "abort"; });
        handle.cancel();  // the loop is no longer woken
    }
    BOOST_TEST((loop.now() - fake::client_options{}.start < 1min));
}

BOOST_AUTO_TEST_CASE(its_end_ends_all_on_the_thread_of_its_caller) {
    fake::accounts_service service;
    fake::event_loop loop{service};
    std::vector<std::thread::id> ends;
    std::vector<registration_handle> handles;
    {
        injected::registrar registrar{loop};
        for (int i = 0; i < 3; ++i)
            handles.push_back(
                registrar.start({.on_qr_code = [](const auto&) {},
                                 .on_finished = [&](const auto&) { ends.push_back(std::this_thread::get_id()); }}));
        registrar.run_once();
    }
    BOOST_TEST((ends == std::vector<std::thread::id>(3, std::this_thread::get_id())));
    for (auto& handle : handles) BOOST_TEST((handle.wait_for(0s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(a_handle_is_not_detached_while_a_coroutine_waits) {
    fake::accounts_service service{{.approve_after = 1min}};
    fake::event_loop loop{service};
    injected::registrar registrar{loop};
    bool resumed = false;
    auto handle = registrar.start({.on_qr_code = [](const auto&) {}});
    BOOST_TEST(handle.when_over([&] { resumed = true; }));
    BOOST_CHECK_THROW(handle.detach(), std::logic_error);
    registrar.run();
    BOOST_TEST(resumed);
    handle.detach();  // it is over
}

BOOST_AUTO_TEST_SUITE_END()
