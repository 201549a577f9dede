// SPDX-License-Identifier: MIT
#include "accounts_script.hpp"
#include "held_allocation.hpp"

#include <lark/poco.hpp>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace lark;
using namespace lark::test;
using lark::injected::registration_handle;
using lark::poco::registrar;
using lark::registration::async_handlers;

namespace {

/// Nothing ends by a timeout within the time that a test may take: what should end by itself and does not is a hang.
void without_timeouts(poco::http_options& http) { http.connect_timeout = 1h; }
void without_timeouts(registration::options& opts) {
    opts.request_timeout = 10min;
    opts.start_budget = 1h;
}

struct fixture : tls_fixture {
    accounts_script service{.tls = &good};
    scripted_server server{[this](peer& client) { service(client); }};

    /// How often each registration's `on_finished` was called, and with what.
    struct ends {
        std::mutex mutex;
        std::map<int, std::vector<std::string>> outcomes;
        async_handlers handlers(int number) {
            async_handlers result;
            result.on_qr_code = [](const registration::qr_code&) {};
            result.on_finished = [this, number](const registration::outcome& end) {
                const auto* app = std::get_if<registration::app>(&end);
                const std::lock_guard lock{mutex};
                outcomes[number].push_back(app != nullptr ? app->client_id : std::get<registration::failure>(end).code);
            };
            return result;
        }
    };

    static std::string end_of(registration_handle& handle) {
        if (handle.wait_for(30s) != std::future_status::ready) return "no end";
        try {
            return handle.get().client_id;
        } catch (const register_app_error& error) {
            return error.code();
        }
    }

    /// Runs so many at once, and checks that each ends once, with credentials of its own.
    void all_succeed(registrar& many, int count, const registration::options& opts) {
        all_succeed_beside(many, count, opts);
        BOOST_TEST(many.size() == 0u);
    }
    void all_succeed_beside(registrar& many, int count, const registration::options& opts) {
        ends finished;
        std::vector<registration_handle> handles;
        for (int i = 0; i < count; ++i) handles.push_back(many.start(finished.handlers(i), opts));
        std::set<std::string> ids;
        for (auto& handle : handles) ids.insert(end_of(handle));
        BOOST_TEST(ids.size() == static_cast<std::size_t>(count));
        for (const auto& id : ids) BOOST_TEST(id.substr(0, 4) == "cli_", id);
        BOOST_TEST(finished.outcomes.size() == static_cast<std::size_t>(count));
        for (const auto& [number, outcomes] : finished.outcomes) BOOST_TEST(outcomes.size() == 1u);
    }
};

/// Waits until the client closes the connection.
void until_closed(peer& client) {
    client.wait_for_close();
    client.server().reached();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_registrar, fixture)

BOOST_AUTO_TEST_CASE(many_at_once_over_few_connections) {
    service.pending = 200;  // one for each
    // A connection is opened for a request that finds none idle, so there are no more than requests at once, however
    // long the replies take.
    registrar many{options(), {.flows = {.max_requests = 16, .timer_slack = 0ms}}};
    all_succeed(many, 200, at(server));
    BOOST_TEST(server.requests == 200 * 4);
    BOOST_TEST(server.connections <= 16);
}

BOOST_AUTO_TEST_CASE(many_at_once_in_shared_turns) {
    service.pending = 200;
    registrar many{options()};
    all_succeed(many, 200, at(server));
    BOOST_TEST(server.requests == 200 * 4);
    BOOST_TEST(server.connections <= 200);  // one for each registration at the most; one for each request would be 800
    BOOST_TEST(server.full_handshakes <= 16);
}

BOOST_AUTO_TEST_CASE(one_connection_is_enough) {
    registrar many{options(), {.connections = {.max_connections_per_host = 1}}};
    all_succeed(many, 50, at(server));
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(a_slow_service) {
    service.delay = 2s;
    registrar many{options()};
    auto opts = at(server);
    opts.check_auth_methods = false;
    all_succeed(many, 60, opts);
    BOOST_TEST(server.requests == 60 * 2);  // none was given up and sent again
}

BOOST_AUTO_TEST_CASE(starts_are_smoothed) {
    registrar many{options(), {.flows = {.max_starts_per_second = 100, .timer_slack = 0ms}}};
    const auto begin = steady::now();
    all_succeed(many, 40, at(server));
    BOOST_TEST((steady::now() - begin >= 390ms));  // the fortieth comes 39 times 10 ms after the first
}

BOOST_AUTO_TEST_CASE(wrong_options_are_told_at_once) {
    using lark::registration::invalid_option;
    poco::http_options http;
    http.ca_file = "/nowhere";
    BOOST_CHECK_THROW(registrar{http}, invalid_option);
    BOOST_CHECK_THROW((registrar{options(), {.connections = {.max_connections_per_host = 0}}}), invalid_option);
    BOOST_CHECK_THROW((registrar{options(), {.connections = {.idle_time = 0ms}}}), invalid_option);
    registrar many{options()};
    BOOST_CHECK_THROW((void)many.start({}), invalid_option);
    registration::options wrong;
    wrong.domain = "nonsense";
    ends finished;
    BOOST_CHECK_THROW((void)many.start(finished.handlers(0), wrong), invalid_option);
    BOOST_TEST(many.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_host_that_hangs_starves_nobody) {
    scripted_server silent{[](peer& client) { client.wait_for_close(); }};
    hanging_names names;
    auto http = options();
    without_timeouts(http);
    registrar many{http};
    ends finished;
    std::vector<registration_handle> stuck;
    auto hanging = at(server);
    hanging.domain = "https://hang.test";
    auto unanswered = at(silent);
    without_timeouts(hanging);
    without_timeouts(unanswered);
    for (int i = 0; i < 20; ++i) {
        stuck.push_back(many.start(finished.handlers(1000 + i), unanswered));
        stuck.push_back(many.start(finished.handlers(2000 + i), hanging));
    }
    ends good_ones;
    std::vector<registration_handle> handles;
    for (int i = 0; i < 20; ++i) handles.push_back(many.start(good_ones.handlers(i), at(server)));
    for (auto& handle : handles) BOOST_TEST(end_of(handle).substr(0, 4) == "cli_");
    BOOST_TEST(finished.outcomes.empty());
}

BOOST_AUTO_TEST_CASE(names_that_hang_take_a_few_threads_at_most) {
    hanging_names names;
    registrar many{options()};
    ends finished;
    std::vector<registration_handle> stuck;
    for (int i = 0; i < 20; ++i) {
        auto opts = at(server);
        opts.domain = "https://hang.test:" + std::to_string(1000 + i);  // each is asked for on its own
        stuck.push_back(many.start(finished.handlers(i), opts));
    }
    BOOST_TEST(names.wait_for(4));
    all_succeed_beside(many, 20, at(server));  // 20 turns of the loop and more, in which a fifth thread would have come
    BOOST_TEST(!names.more_than(4));
    many.shutdown();
    for (auto& handle : stuck) BOOST_TEST(end_of(handle) == "abort");
}

BOOST_AUTO_TEST_CASE(all_denied_at_once) {
    service.poll_end = R"({"error":"access_denied","error_description":"no"})";
    registrar many{options()};
    ends finished;
    std::vector<registration_handle> handles;
    for (int i = 0; i < 100; ++i) handles.push_back(many.start(finished.handlers(i), at(server)));
    for (auto& handle : handles) {
        BOOST_CHECK_THROW((void)handle.get(), app_access_denied_error);
    }
    BOOST_TEST(finished.outcomes.size() == 100u);
    for (const auto& [number, outcomes] : finished.outcomes)
        BOOST_TEST((outcomes == std::vector<std::string>{"access_denied"}));
}

BOOST_AUTO_TEST_CASE(a_random_half_is_cancelled_while_replies_arrive) {
    constexpr std::size_t count = 300;
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937{5});
    std::vector<bool> chosen(count);
    for (std::size_t i = 0; i < count / 2; ++i) chosen[order[i]] = true;

    registrar many{options()};
    ends finished;
    std::vector<registration_handle> handles;
    std::promise<void> all_there;
    std::shared_future<void> go{all_there.get_future()};
    std::size_t next = 0;  // the loop's thread alone
    for (std::size_t i = 0; i < count; ++i) {
        auto handlers = finished.handlers(static_cast<int>(i));
        // Every link that comes ends another one, wherever that is: not begun, in flight, between two turns, or over.
        // The rest of the half is ended from outside at the same time.
        handlers.on_qr_code = [&](const auto&) {
            go.wait();
            if (next < count / 4) handles[order[next++]].cancel();
        };
        handles.push_back(many.start(handlers, at(server)));
    }
    all_there.set_value();
    BOOST_TEST(server.wait_reached(20));
    for (std::size_t i = count / 4; i < count / 2; ++i) handles[order[i]].cancel();
    std::size_t aborted = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto end = end_of(handles[i]);
        aborted += end == "abort";
        BOOST_TEST((end.substr(0, 4) == "cli_" || (chosen[i] && end == "abort")), end);
    }
    BOOST_TEST(aborted > 0u);
    BOOST_TEST(many.size() == 0u);
    handles.clear();
    const std::lock_guard lock{finished.mutex};
    BOOST_TEST(finished.outcomes.size() == count);
    for (const auto& [number, outcomes] : finished.outcomes) BOOST_TEST(outcomes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_service_restarts_in_the_middle) {
    service.pending = 50;
    std::atomic<bool> old = true;
    scripted_server restarting{[&](peer& client) {
        // Connections of before the restart end with their next request, unanswered.
        const bool first_life = old;
        if (!client.start_tls(good)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            if (first_life && !old) return client.reset();
            if (!client.write(service.answer(request, client.server()))) return;
        }
    }};
    registrar many{options()};
    ends finished;
    std::vector<registration_handle> handles;
    for (int i = 0; i < 50; ++i) handles.push_back(many.start(finished.handlers(i), at(restarting)));
    BOOST_TEST(restarting.wait_reached(50));  // all have polled once, and wait
    old = false;
    for (auto& handle : handles) BOOST_TEST(end_of(handle).substr(0, 4) == "cli_");
    for (const auto& [number, outcomes] : finished.outcomes) BOOST_TEST(outcomes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(shutdown_aborts_all) {
    service.pending = 100000;
    registrar many{options()};
    ends finished;
    std::vector<registration_handle> handles;
    for (int i = 0; i < 50; ++i) handles.push_back(many.start(finished.handlers(i), at(server)));
    BOOST_TEST(server.wait_reached());
    many.shutdown();
    many.shutdown();
    for (auto& handle : handles) BOOST_TEST(end_of(handle) == "abort");
    BOOST_TEST(finished.outcomes.size() == 50u);
    for (const auto& [number, outcomes] : finished.outcomes)
        BOOST_TEST((outcomes == std::vector<std::string>{"abort"}));
    BOOST_CHECK_THROW((void)many.start(finished.handlers(50), at(server)), std::logic_error);
}

BOOST_AUTO_TEST_CASE(the_destructor_ends_all) {
    service.wait_for_ever();
    ends finished;
    std::vector<registration_handle> handles;
    {
        registrar many{options()};
        for (int i = 0; i < 50; ++i) handles.push_back(many.start(finished.handlers(i), at(server)));
        BOOST_TEST(server.wait_reached());
    }
    for (auto& handle : handles) {
        BOOST_TEST((handle.wait_for(10s) == std::future_status::ready));  // a thread that is late is left behind
        BOOST_TEST(end_of(handle) == "abort");
    }
}

BOOST_AUTO_TEST_CASE(a_callback_that_hangs_does_not_hold_the_destructor) {
    std::promise<void> inside;
    std::promise<void> go_on;
    std::atomic<int> later = 0;
    std::optional<registration_handle> handle;
    std::optional<registration_handle> other;
    {
        registrar many{options()};
        async_handlers handlers;
        handlers.on_qr_code = [&](const auto&) {
            inside.set_value();
            go_on.get_future().get();
        };
        handlers.on_finished = [&](const auto&) { ++later; };
        handle = many.start(handlers, at(server));
        inside.get_future().get();
        async_handlers others;
        others.on_qr_code = [&](const auto&) { ++later; };
        others.on_finished = [&](const auto&) { ++later; };
        other = many.start(others, at(server));
    }
    go_on.set_value();  // the callback hangs until here
    BOOST_TEST(end_of(*handle) == "abort");
    BOOST_TEST(end_of(*other) == "abort");
    BOOST_TEST(later == 0);
}

// Held up in front of the callback, for as long as the destructor takes: in whichever allocation of that size.
BOOST_AUTO_TEST_CASE(no_callback_starts_after_the_destructor,
                     *boost::unit_test::enable_if<can_replace_operator_new>()) {
    constexpr std::size_t of_a_callback = 2 * sizeof(void*) + sizeof(std::pair<std::uint64_t, std::function<void()>>);
    service.pending = 100000;
    for (int nth = 1; nth < 100; ++nth) {
        std::atomic<bool> gone = false;
        std::atomic<int> late = 0;
        std::atomic<bool> seen = false;
        scripted_server waiting{[&](peer& client) {
            if (!client.start_tls(good)) return;
            for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
                if (has(request, "action=begin") && !client.server().wait_reached()) return;
                client.write(service.answer(request, client.server()));
            }
        }};
        std::optional<registration_handle> handle;
        std::optional<held_allocation> held;
        {
            registrar many{options()};
            async_handlers handlers;
            handlers.on_qr_code = [&](const auto&) {
                if (gone) ++late;
                seen = true;
                held->pass();
            };
            handle = many.start(handlers, at(waiting));
            held.emplace(of_a_callback, nth);
            waiting.reached();  // the link may come now
            held->wait();
        }
        gone = true;
        held->pass();
        BOOST_TEST(end_of(*handle) == "abort");
        BOOST_TEST(late == 0);
        if (seen) return;  // the callback came before it
    }
    BOOST_ERROR("the callback never came");
}

BOOST_AUTO_TEST_CASE(its_thread_takes_none_of_the_processs_signals) {
    registrar many{options()};
    std::promise<sigset_t> mask;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) {
        sigset_t blocked;
        pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
        mask.set_value(blocked);
    };
    const auto handle = many.start(handlers, at(server));
    const auto blocked = mask.get_future().get();
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGPIPE, SIGALRM})
        BOOST_TEST(sigismember(&blocked, signal) == 1);
    BOOST_TEST(sigismember(&blocked, SIGSEGV) == 0);
    sigset_t own;
    pthread_sigmask(SIG_BLOCK, nullptr, &own);
    BOOST_TEST(sigismember(&own, SIGTERM) == 0);
}

BOOST_AUTO_TEST_CASE(a_callback_may_do_everything) {
    struct own {};
    registrar many{options()};
    ends finished;
    std::mutex mutex;
    std::vector<registration_handle> inner;
    async_handlers starts = finished.handlers(0);
    starts.on_qr_code = [&](const auto&) {
        const std::lock_guard lock{mutex};
        inner.push_back(many.start(finished.handlers(1), at(server)));
    };
    auto first = many.start(starts, at(server));
    auto throws = finished.handlers(2);
    throws.on_qr_code = [](const auto&) { throw own{}; };
    auto second = many.start(throws, at(server));
    BOOST_TEST(end_of(first).substr(0, 4) == "cli_");
    BOOST_CHECK_THROW((void)second.get(), own);
    const std::lock_guard lock{mutex};
    BOOST_TEST(end_of(inner.at(0)).substr(0, 4) == "cli_");
    BOOST_TEST((finished.outcomes[2] == std::vector<std::string>{"abort"}));
}

BOOST_AUTO_TEST_CASE(a_callback_may_shut_down_and_let_the_registrar_go) {
    for (const bool goes : {false, true}) {
        service.pending = 100000;
        auto many = std::make_unique<registrar>(options());
        ends finished;
        std::vector<registration_handle> handles;
        std::promise<void> all_there;
        std::shared_future<void> go{all_there.get_future()};
        std::once_flag once;
        for (int i = 0; i < 20; ++i) {
            auto handlers = finished.handlers(i);
            handlers.on_qr_code = [&](const auto&) {
                go.wait();
                std::call_once(once, [&] {
                    if (goes) many.reset();
                    else many->shutdown();
                });
            };
            handles.push_back(many->start(handlers, at(server)));
        }
        all_there.set_value();
        for (auto& handle : handles) BOOST_TEST(end_of(handle) == "abort");
        const std::lock_guard lock{finished.mutex};
        // No callback starts after the registrar is destroyed; a shutdown reports each end.
        BOOST_TEST(finished.outcomes.size() == (goes ? 0u : 20u));
        for (const auto& [number, outcomes] : finished.outcomes)
            BOOST_TEST((outcomes == std::vector<std::string>{"abort"}));
    }
}

BOOST_AUTO_TEST_CASE(an_exception_of_one_touches_no_other) {
    struct own {};
    registrar many{options()};
    ends finished;
    std::vector<registration_handle> good_ones;
    std::vector<registration_handle> bad_ones;
    for (int i = 0; i < 20; ++i) {
        good_ones.push_back(many.start(finished.handlers(i), at(server)));
        auto bad = finished.handlers(100 + i);
        if (i % 2 == 0) bad.on_qr_code = [](const auto&) { throw own{}; };
        else bad.on_finished = [](const auto&) { throw own{}; };
        bad_ones.push_back(many.start(bad, at(server)));
    }
    for (auto& handle : good_ones) BOOST_TEST(end_of(handle).substr(0, 4) == "cli_");
    for (auto& handle : bad_ones) BOOST_CHECK_THROW((void)handle.get(), own);
}

BOOST_AUTO_TEST_CASE(a_cancel_frees_the_connection_in_every_phase) {
    const auto silent = [](peer& client) {
        client.server().reached();
        until_closed(client);
    };
    const auto no_reply = [this](peer& client) {
        if (!client.start_tls(good)) return;
        client.read_request();
        client.server().reached();
        until_closed(client);
    };
    const auto drip = [this](peer& client) {
        if (!client.start_tls(good)) return;
        client.read_request();
        client.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        client.server().reached();
        while (client.pause(5ms) && client.write("x")) {}
        client.server().reached();
    };
    for (const bool own_thread : {false, true})
        for (const scripted_server::script& script : {scripted_server::script{silent}, {no_reply}, {drip}}) {
            scripted_server hanging{script};
            ends finished;
            auto opts = at(hanging);
            auto http = options();
            without_timeouts(opts);
            without_timeouts(http);
            registrar many{http};
            auto handle = own_thread ? lark::register_app_async(finished.handlers(0), opts, http)
                                     : many.start(finished.handlers(0), opts);
            BOOST_TEST(hanging.wait_reached(1));
            handle.cancel();
            BOOST_TEST(hanging.wait_reached(2));  // the socket is closed
            BOOST_TEST(end_of(handle) == "abort");
            BOOST_TEST((finished.outcomes[0] == std::vector<std::string>{"abort"}));
        }
}

BOOST_AUTO_TEST_CASE(a_detached_registration_ends_with_its_registrar_at_the_latest) {
    std::promise<std::string> first;
    std::promise<std::string> second;
    const auto reports_to = [](std::promise<std::string>& end) {
        async_handlers handlers;
        handlers.on_qr_code = [](const auto&) {};
        handlers.on_finished = [&](const registration::outcome& with) {
            const auto* app = std::get_if<registration::app>(&with);
            end.set_value(app != nullptr ? app->client_id : std::get<registration::failure>(with).code);
        };
        return handlers;
    };
    registrar many{options()};
    many.start(reports_to(first), at(server)).detach();
    BOOST_TEST(first.get_future().get() == "cli_1");
    service.wait_for_ever();
    many.start(reports_to(second), at(server)).detach();
    BOOST_TEST(server.wait_reached(2));
    many.shutdown();
    BOOST_TEST(second.get_future().get() == "abort");
}

BOOST_AUTO_TEST_CASE(a_handle_goes_at_once_in_every_phase) {
    full_listener full;
    hanging_names names;
    for (const auto& domain : {"https://127.0.0.1:" + std::to_string(full.port()), std::string{"https://hang.test"}}) {
        auto opts = at(server);
        opts.domain = domain;
        auto http = options();
        without_timeouts(opts);
        without_timeouts(http);
        ends finished;
        std::optional<registration_handle> handle{lark::register_app_async(finished.handlers(0), opts, http)};
        BOOST_TEST((domain == "https://hang.test" ? names.wait_for(1) : full.wait_for_attempt()));
        handle.reset();
    }
}

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_reached_is_told_to_all) {
    registrar many{options()};
    auto opts = at(server);
    ends finished;
    opts.domain = "https://unknown.test";
    std::vector<registration_handle> handles;
    for (int i = 0; i < 20; ++i) handles.push_back(many.start(finished.handlers(i), opts));
    for (auto& handle : handles)
        BOOST_CHECK_EXCEPTION((void)handle.get(), register_app_error, [](const auto& error) {
            return error.code() == "network_error" && has(error.description(), "unknown.test");
        });
}

BOOST_AUTO_TEST_CASE(an_oddly_written_address_ends_nobody) {
    registrar many{options()};
    ends finished;
    auto odd = at(server);
    odd.domain = server.url("https", "127.1", "");
    auto first = many.start(finished.handlers(0), odd);
    auto second = many.start(finished.handlers(1), at(server));
    BOOST_TEST(end_of(first).substr(0, 4) == "cli_");
    BOOST_TEST(end_of(second).substr(0, 4) == "cli_");
}

BOOST_AUTO_TEST_CASE(certificates_are_verified_here_too) {
    const auto other = ca.issue({.names = "DNS:evil.test"});
    scripted_server evil{[&](peer& client) {
        if (client.start_tls(other)) client.read_request();
    }};
    registrar many{options()};
    ends finished;
    auto handle = many.start(finished.handlers(0), at(evil));
    BOOST_CHECK_EXCEPTION((void)handle.get(), register_app_error,
                          [](const auto& error) { return error.code() == "certificate_error"; });
    BOOST_TEST(evil.requests == 0);
}

BOOST_AUTO_TEST_CASE(a_process_without_descriptors_waits_for_some) {
    service.delay = 20ms;
    rlimit former{};
    getrlimit(RLIMIT_NOFILE, &former);
    // A few descriptors beyond those in use. The server shares the process, and each of its own that it gives away to
    // accept a connection may go to the client instead: so it has enough for as many as the client may take.
    constexpr int most = 20;
    registrar many{options(), {.connections = {.max_connections_per_host = most}}};
    server.reserve(2 * most);
    const int probe = ::dup(0);
    ::close(probe);
    rlimit tight = former;
    tight.rlim_cur = static_cast<rlim_t>(probe) + 12;
    setrlimit(RLIMIT_NOFILE, &tight);
    ends finished;
    std::atomic<int> retries = 0;
    std::vector<registration_handle> handles;
    for (int i = 0; i < 60; ++i) {
        auto handlers = finished.handlers(i);
        handlers.on_status_change = [&](const auto& s) { retries += s.status == registration::status::retrying; };
        handles.push_back(many.start(handlers, at(server)));
    }
    for (auto& handle : handles) BOOST_TEST(end_of(handle).substr(0, 4) == "cli_");
    setrlimit(RLIMIT_NOFILE, &former);
    BOOST_TEST(retries == 0);
    BOOST_TEST(server.connections <= most);
}

// Each request would time out if it waited for a connection after it has been handed out.
BOOST_AUTO_TEST_CASE(with_few_descriptors_a_slow_service_is_served_slowly_and_nothing_fails) {
    service.delay = 200ms;
    std::optional<registrar> many;
    {
        rlimit former{};
        getrlimit(RLIMIT_NOFILE, &former);
        rlimit few = former;
        few.rlim_cur = 16;  // for 6 connections to one host; read when the loop is made
        setrlimit(RLIMIT_NOFILE, &few);
        many.emplace(options());
        setrlimit(RLIMIT_NOFILE, &former);
    }
    ends finished;
    std::atomic<int> retries = 0;
    std::vector<registration_handle> handles;
    for (int i = 0; i < 100; ++i) {
        auto handlers = finished.handlers(i);
        handlers.on_status_change = [&](const auto& s) { retries += s.status == registration::status::retrying; };
        auto opts = at(server);
        opts.check_auth_methods = false;
        opts.request_timeout = 2s;
        handles.push_back(many->start(handlers, opts));
    }
    for (auto& handle : handles) BOOST_TEST(end_of(handle).substr(0, 4) == "cli_");
    BOOST_TEST(retries == 0);
    BOOST_TEST(server.connections <= 6);
    BOOST_TEST(service.polls == 100);
}

BOOST_AUTO_TEST_SUITE_END()
