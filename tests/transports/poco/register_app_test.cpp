// SPDX-License-Identifier: MIT
#include "accounts_script.hpp"
#include "user_loop.hpp"

#include <lark/poco.hpp>

#include <algorithm>
#include <filesystem>
#include <future>
#include <stop_token>
#include <thread>
#include <vector>

using namespace lark;
using namespace lark::test;
using lark::registration::async_handlers;
using lark::registration::invalid_option;

namespace {

struct fixture : tls_fixture {
    accounts_script service{.tls = &good};
    scripted_server server{[this](peer& client) { service(client); }};
};

std::size_t threads_now() {
    const std::filesystem::directory_iterator tasks{"/proc/self/task"};
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

std::string code_of(injected::registration_handle& handle) {
    try {
        (void)handle.get();
    } catch (const register_app_error& error) {
        return error.code();
    }
    return "ok";
}

async_handlers quiet() {
    async_handlers result;
    result.on_qr_code = [](const registration::qr_code&) {};
    return result;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_register_app, fixture)

BOOST_AUTO_TEST_CASE(blocking_from_link_to_credentials) {
    service.pending = 1;
    std::vector<std::string> log;
    const auto app =
        lark::register_app({.on_qr_code = [&](const auto& qr) { log.push_back(qr.user_code); },
                            .on_status_change = [&](const auto& s) { log.emplace_back(to_string(s.status)); }},
                           at(server), options());
    BOOST_TEST(app.client_id == "cli_1");
    BOOST_TEST((app.client_secret == secret{"marked-secret"}));
    BOOST_TEST((log == std::vector<std::string>{"marked-user", "polling"}));
    BOOST_TEST(server.connections == 1);
    BOOST_TEST(server.full_handshakes == 1);
    BOOST_TEST(server.requests == 4);
}

BOOST_AUTO_TEST_CASE(lark_is_another_connection) {
    service.poll_end = R"({"user_info":{"tenant_brand":"lark"}})";
    scripted_server lark_server{[&](peer& client) {
        accounts_script there{.tls = &good};
        there(client);
    }};
    auto opts = at(server);
    opts.lark_domain = lark_server.url("https", "localhost", "");
    const auto app = lark::register_app({.on_qr_code = [](const auto&) {}}, opts, options());
    BOOST_TEST(app.client_id == "cli_1");
    BOOST_TEST(server.connections == 1);
    BOOST_TEST(lark_server.connections == 1);
}

BOOST_AUTO_TEST_CASE(errors_hold_no_secret) {
    service.poll_end = R"({"error":"access_denied","error_description":"no"})";
    BOOST_CHECK_EXCEPTION(
        (void)lark::register_app({.on_qr_code = [](const auto&) {}}, at(server), options()), app_access_denied_error,
        [](const auto& error) { return !has(error.what(), "marked") && error.description() == "no"; });
}

BOOST_AUTO_TEST_CASE(certificate_errors_end_at_once) {
    auto http = options();
    const temporary_file other{authority{"other"}.pem()};
    http.ca_file = other.path();
    BOOST_CHECK_EXCEPTION(
        (void)lark::register_app({.on_qr_code = [](const auto&) {}}, at(server), http), register_app_error,
        [](const auto& error) { return error.code() == "certificate_error" && has(error.description(), "ca_file"); });
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_blocking_call_between_polls) {
    service.wait_for_ever();
    std::stop_source stop;
    auto opts = at(server);
    auto running = std::async(std::launch::async, [&] {
        std::string code;
        try {
            (void)lark::register_app({.on_qr_code = [](const auto&) {}}, opts, options(), stop.get_token());
        } catch (const register_app_error& error) {
            code = error.code();
        }
        return code;
    });
    BOOST_TEST(server.wait_reached());
    stop.request_stop();
    BOOST_TEST(running.get() == "abort");
}

BOOST_AUTO_TEST_CASE(options_are_checked_on_the_spot) {
    const auto option = [&](async_handlers handlers, registration::options opts, poco::http_options http) {
        try {
            auto handle = lark::register_app_async(std::move(handlers), std::move(opts), std::move(http));
        } catch (const invalid_option& error) {
            return error.option();
        }
        return std::string{};
    };
    BOOST_TEST(option({}, at(server), options()) == "on_qr_code");
    registration::options wrong;
    wrong.domain = "nonsense";
    BOOST_TEST(option(quiet(), wrong, options()) == "domain");
    auto http = options();
    http.ca_file = "/nowhere";
    BOOST_TEST(option(quiet(), at(server), http) == "ca_file");
    BOOST_CHECK_THROW((void)lark::register_app({}, at(server), options()), invalid_option);
}

BOOST_AUTO_TEST_CASE(async_from_link_to_credentials) {
    service.pending = 1;
    std::vector<std::string> log;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { log.emplace_back("qr"); };
    handlers.on_status_change = [&](const auto& s) { log.emplace_back(to_string(s.status)); };
    handlers.on_finished = [&](const registration::outcome& end) {
        log.push_back(std::get<registration::app>(end).client_id);
    };
    auto handle = lark::register_app_async(handlers, at(server), options());
    BOOST_TEST(handle.get().client_id == "cli_1");
    BOOST_TEST(handle.get().client_id == "cli_1");
    BOOST_TEST((handle.wait_for(0s) == std::future_status::ready));
    BOOST_TEST((log == std::vector<std::string>{"qr", "polling", "cli_1"}));
    handle.cancel();
    BOOST_TEST(handle.get().client_id == "cli_1");  // the outcome stands
}

BOOST_AUTO_TEST_CASE(cancel_silences) {
    service.wait_for_ever();
    std::atomic<int> calls = 0;
    std::atomic<int> ends = 0;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { ++calls; };
    handlers.on_status_change = [&](const auto&) { ++calls; };
    handlers.on_finished = [&](const registration::outcome& end) {
        ends += std::get<registration::failure>(end).code == "abort" ? 1 : 100;
    };
    const auto before = threads_now();
    {
        auto handle = lark::register_app_async(handlers, at(server), options());
        BOOST_TEST(server.wait_reached());
        BOOST_TEST((handle.wait_for(0s) == std::future_status::timeout));
        handle.cancel();
        const int so_far = calls;
        BOOST_TEST(code_of(handle) == "abort");
        BOOST_TEST(calls <= so_far + 1);  // one may have been running
        BOOST_TEST(ends == 1);
    }
    const int at_end = calls;
    BOOST_TEST(ends == 1);
    // The server's, of the connection. A thread that has been joined leaves the kernel's list a little later.
    const auto late = steady::now() + 10s;
    while (threads_now() > before + 1 && steady::now() < late) std::this_thread::yield();
    BOOST_TEST(threads_now() <= before + 1);
    const int polls = service.polls;
    BOOST_TEST(calls == at_end);
    BOOST_TEST(service.polls == polls);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_callback_reaches_get) {
    struct own {};
    std::promise<std::string> finished;
    async_handlers handlers;
    handlers.on_qr_code = [](const auto&) { throw own{}; };
    handlers.on_finished = [&](const registration::outcome& end) {
        finished.set_value(std::get<registration::failure>(end).code);
    };
    auto handle = lark::register_app_async(handlers, at(server), options());
    BOOST_CHECK_THROW((void)handle.get(), own);
    BOOST_TEST(finished.get_future().get() == "abort");
    BOOST_TEST(service.polls == 0);
}

BOOST_AUTO_TEST_CASE(an_exception_of_on_finished_reaches_get) {
    struct own {};
    auto handlers = quiet();
    handlers.on_finished = [](const auto&) { throw own{}; };
    auto handle = lark::register_app_async(handlers, at(server), options());
    BOOST_CHECK_THROW((void)handle.get(), own);
}

BOOST_AUTO_TEST_CASE(get_inside_a_callback_is_a_logic_error) {
    std::promise<injected::registration_handle*> give;
    auto given = give.get_future().share();
    auto handlers = quiet();
    std::string got;
    handlers.on_finished = [&, given](const auto&) {
        auto* handle = given.get();
        try {
            (void)handle->get();
        } catch (const std::logic_error&) {
            got = "logic_error";
        }
        BOOST_CHECK_THROW((void)handle->wait_for(1h), std::logic_error);
        BOOST_TEST((handle->wait_for(0s) == std::future_status::timeout));
    };
    auto handle = lark::register_app_async(handlers, at(server), options());
    give.set_value(&handle);
    BOOST_TEST(handle.get().client_id == "cli_1");
    BOOST_TEST(got == "logic_error");
}

BOOST_AUTO_TEST_CASE(the_handle_may_go_inside_a_callback) {
    std::promise<void> gone;
    std::promise<std::optional<injected::registration_handle>*> give;
    auto given = give.get_future().share();
    std::optional<injected::registration_handle> handle;
    async_handlers handlers;
    handlers.on_qr_code = [&, given](const auto&) {
        given.get()->reset();
        gone.set_value();
    };
    handle = lark::register_app_async(handlers, at(server), options());
    give.set_value(&handle);
    gone.get_future().get();
    BOOST_TEST(!handle.has_value());
}

BOOST_AUTO_TEST_CASE(the_destructor_waits_for_a_running_callback) {
    std::promise<void> inside, go_on;
    std::atomic<bool> done = false;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) {
        inside.set_value();
        go_on.get_future().get();
        done = true;
    };
    std::optional<injected::registration_handle> handle{lark::register_app_async(handlers, at(server), options())};
    inside.get_future().get();
    std::jthread releaser{[&] { go_on.set_value(); }};
    handle.reset();
    BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(posted_callbacks_run_where_they_are_put) {
    user_loop loop;
    std::vector<std::pair<std::string, std::thread::id>> log;
    const auto note = [&](std::string what) { log.emplace_back(std::move(what), std::this_thread::get_id()); };
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { note("qr"); };
    handlers.on_finished = [&](const auto&) { note("end"); };
    handlers.post = loop.post();
    auto handle = lark::register_app_async(handlers, at(server), options());
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST((handle.wait_for(0s) == std::future_status::timeout));
        loop.next()();
    }
    BOOST_TEST((handle.wait_for(0s) == std::future_status::ready));
    BOOST_TEST(handle.get().client_id == "cli_1");
    const auto me = std::this_thread::get_id();
    BOOST_TEST((log == decltype(log){{"qr", me}, {"end", me}}));
}

BOOST_AUTO_TEST_CASE(a_cancel_silences_what_is_posted_already) {
    user_loop loop;
    int calls = 0;
    std::vector<std::string> ends;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { ++calls; };
    handlers.on_finished = [&](const registration::outcome& end) {
        ends.push_back(std::get<registration::app>(end).client_id);
    };
    handlers.post = loop.post();
    auto handle = lark::register_app_async(handlers, at(server), options());
    const auto first = loop.next();
    const auto second = loop.next();  // on_finished: the outcome is there
    handle.cancel();
    first();
    second();
    BOOST_TEST(calls == 0);
    BOOST_TEST((ends == std::vector<std::string>{"cli_1"}));
    BOOST_TEST(handle.get().client_id == "cli_1");
}

BOOST_AUTO_TEST_CASE(a_detached_registration_runs_on) {
    service.pending = 1;
    for (const bool posts : {false, true}) {
        std::promise<std::string> finished;
        auto handlers = quiet();
        handlers.on_finished = [&](const registration::outcome& end) {
            finished.set_value(std::get<registration::app>(end).client_id);
        };
        if (posts) handlers.post = [](const std::function<void()>& f) { f(); };
        lark::register_app_async(handlers, at(server), options()).detach();
        BOOST_TEST(finished.get_future().get().substr(0, 4) == "cli_");
    }
}

BOOST_AUTO_TEST_CASE(a_loop_that_drops_what_it_is_given_hangs_nobody) {
    auto handlers = quiet();
    handlers.post = [](const std::function<void()>&) {};
    auto handle = lark::register_app_async(handlers, at(server), options());
    BOOST_TEST(handle.get().client_id == "cli_1");
}

BOOST_AUTO_TEST_CASE(a_loop_that_throws_ends_the_registration) {
    struct own {};
    auto handlers = quiet();
    handlers.post = [](const std::function<void()>&) { throw own{}; };
    auto handle = lark::register_app_async(handlers, at(server), options());
    BOOST_CHECK_THROW((void)handle.get(), own);
}

BOOST_AUTO_TEST_CASE(another_registration_from_inside_a_callback) {
    std::optional<injected::registration_handle> second;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { second = lark::register_app_async(quiet(), at(server), options()); };
    auto first = lark::register_app_async(handlers, at(server), options());
    BOOST_TEST(first.get().client_id == "cli_1");
    BOOST_TEST(second->get().client_id == "cli_2");
}

BOOST_AUTO_TEST_SUITE_END()
