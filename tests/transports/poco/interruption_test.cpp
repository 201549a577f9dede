// SPDX-License-Identifier: MIT
#include "client_fixture.hpp"

#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <thread>

using namespace lark;
using namespace lark::test;

namespace {

struct fixture : tls_fixture {
    /// With nothing of its own that ends a request within the time that a test may take.
    [[nodiscard]] poco::http_options options() const {
        auto result = tls_fixture::options();
        result.connect_timeout = 1h;
        return result;
    }

    /// A request that hangs somewhere: stopped once it is there, it ends, which nothing else would bring about; left
    /// alone, it ends at its timeout.
    void hangs(const std::string& name, const std::function<std::string()>& url, const std::function<bool()>& is_there,
               poco::http_options opts, std::string body = "a=b") {
        BOOST_TEST_CONTEXT(name) {
            {
                poco::http_client client{opts};
                std::stop_source stop;
                const auto request = post(url(), 1h, body);
                auto running = std::async(std::launch::async, [&] { return client.send(request, stop.get_token()); });
                const bool there = is_there();
                stop.request_stop();
                const auto failure = failure_of(running.get());
                BOOST_TEST(there);
                BOOST_TEST(failure.detail == "stopped by the caller");
            }
            poco::http_client client{opts};
            const auto request = post(url(), 150ms, body);
            const auto begin = steady::now();
            const auto failure = failure_of(client.send(request, {}));
            const auto took = steady::now() - begin;
            BOOST_TEST(to_string(failure.kind) == to_string(kind::timeout), failure.detail);
            BOOST_TEST((took >= 150ms), "timed out after " << took / 1us << " us");
        }
    }

    void hangs(const std::string& name, const std::string& scheme, scripted_server::script run,
               std::string body = "a=b",
               poco::http_options (*adjust)(poco::http_options, const scripted_server&) = nullptr,
               std::string host = "127.0.0.1") {
        scripted_server server{std::move(run)};
        hangs(
            name, [&] { return server.url(scheme, host); }, [&] { return server.wait_reached(); },
            adjust != nullptr ? adjust(options(), server) : options(), std::move(body));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_interruption, fixture)

BOOST_AUTO_TEST_CASE(resolving) {
    hanging_names names;
    hangs(
        "resolving", [] { return "https://hang.test/"; }, [&] { return names.wait_for(1); }, options());
}

BOOST_AUTO_TEST_CASE(connecting) {
    full_listener full;
    hangs(
        "connecting", [&] { return "http://127.0.0.1:" + std::to_string(full.port()) + "/"; },
        [&] { return full.wait_for_attempt(); }, options());
}

BOOST_AUTO_TEST_CASE(asking_the_proxy) {
    hangs(
        "asking the proxy", "https",
        [](peer& client) {
            client.read_until("\r\n\r\n");
            client.server().reached();
            client.wait_for_close();
        },
        "a=b",
        [](poco::http_options opts, const scripted_server& server) {
            opts.proxy = "127.0.0.1:" + std::to_string(server.port());
            return opts;
        },
        "behind.test");
}

BOOST_AUTO_TEST_CASE(shaking_hands) {
    hangs("handshake", "https", [](peer& client) {
        client.server().reached();
        while (client.pause(1h)) {}
    });
}

BOOST_AUTO_TEST_CASE(sending) {
    hangs(
        "sending", "http",
        [](peer& client) {
            client.read_until("\r\n\r\n");
            client.server().reached();
            while (client.pause(1h)) {}
        },
        std::string(std::size_t{16} << 20, 'x'));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_reply) {
    for (const std::string scheme : {"http", "https"})
        hangs("waiting, " + scheme, scheme, [&](peer& client) {
            if (scheme == "https" && !client.start_tls(good)) return;
            client.read_request();
            client.server().reached();
            client.wait_for_close();
        });
}

BOOST_AUTO_TEST_CASE(a_drip) {
    for (const std::string scheme : {"http", "https"})
        hangs("drip, " + scheme, scheme, [&](peer& client) {
            if (scheme == "https" && !client.start_tls(good)) return;
            client.read_request();
            client.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
            client.server().reached();
            while (client.pause(5ms) && client.write("x")) {}
        });
}

BOOST_AUTO_TEST_CASE(a_flood) {
    // As fast as possible, below a cap that is out of reach in the time.
    hangs(
        "flood", "http",
        [](peer& client) {
            client.read_request();
            client.write("HTTP/1.1 200 OK\r\n\r\n");
            client.server().reached();
            const std::string block(64, 'x');
            while (client.write(block)) {}
        },
        "a=b",
        [](poco::http_options opts, const scripted_server&) {
            opts.max_body = std::size_t{64} << 20;
            return opts;
        });
}

BOOST_AUTO_TEST_CASE(the_connect_timeout_is_its_own) {
    auto opts = options();
    opts.connect_timeout = 100ms;
    scripted_server silent{[](peer& client) { client.wait_for_close(); }};
    full_listener full;
    hanging_names names;
    for (const auto& url :
         {silent.url("https"), "http://127.0.0.1:" + std::to_string(full.port()), std::string{"http://hang.test"}}) {
        poco::http_client client{opts};
        const auto begin = steady::now();
        BOOST_TEST((failure_of(client.send(post(url, 1h), {})).kind == kind::timeout));
        BOOST_TEST((steady::now() - begin >= 100ms));
    }
}

BOOST_AUTO_TEST_CASE(resolver_threads_are_bounded_and_later_names_wait) {
    hanging_names names;
    poco::http_client client{options()};
    std::stop_source stop;
    std::vector<std::future<http_result>> running;
    for (int i = 0; i < 12; ++i)
        running.push_back(std::async(std::launch::async,
                                     [&] { return client.send(post("https://hang.test/", 1h), stop.get_token()); }));
    BOOST_TEST(names.wait_for(4));
    stop.request_stop();
    for (auto& one : running) BOOST_TEST(failure_of(one.get()).detail == "stopped by the caller");
    BOOST_TEST(!names.more_than(4));
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_call) {
    scripted_server server{echo};
    poco::http_client client{options()};
    std::stop_source stop;
    stop.request_stop();
    BOOST_TEST(std::holds_alternative<transport_failure>(client.send(post(server.url("http")), stop.get_token())));
}

BOOST_AUTO_TEST_SUITE_END()
