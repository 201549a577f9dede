// SPDX-License-Identifier: MIT
#include "client_fixture.hpp"

#include <signal.h>
#include <future>
#include <sstream>
#include <stop_token>
#include <thread>
#include <vector>

using namespace lark;
using namespace lark::test;

BOOST_FIXTURE_TEST_SUITE(poco_http_client, tls_fixture)

BOOST_AUTO_TEST_CASE(ten_exchanges_over_one_connection) {
    for (const bool tls : {false, true}) {
        scripted_server server{[&](peer& client) {
            if (!tls || client.start_tls(good)) echo(client);
        }};
        poco::http_client client{options()};
        for (int i = 0; i < 10; ++i) {
            const auto body = "n=" + std::to_string(i);
            BOOST_TEST(body_of(client.send(post(server.url(tls ? "https" : "http"), 10s, body), {})) == body);
        }
        BOOST_TEST(server.connections == 1);
        BOOST_TEST(server.full_handshakes == (tls ? 1 : 0));
        BOOST_TEST(server.requests == 10);
    }
}

BOOST_AUTO_TEST_CASE(the_request_on_the_wire) {
    std::string seen;
    scripted_server server{[&](peer& client) {
        seen = client.read_request();
        client.write(reply_text("{}", "400 Bad Request", "X-Tt-Logid: 7\r\nRetry-After: 3\r\n"));
    }};
    poco::http_client client{options()};
    const auto result = client.send(post(server.url("http", "accounts.test", "/oauth/v1/app/registration?x=%2F")), {});
    BOOST_TEST(seen == "POST /oauth/v1/app/registration?x=%2F HTTP/1.1\r\nHost: accounts.test:" +
                           std::to_string(server.port()) +
                           "\r\nUser-Agent: lark-registration-cpp/0.1.0\r\nAccept: */*\r\nContent-Type: "
                           "application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b");
    const auto& response = std::get<http_response>(result);
    BOOST_TEST(response.status == 400);
    BOOST_TEST((find_header(response.headers, "x-tt-logid") == "7"));
    BOOST_TEST((find_header(response.headers, "retry-after") == "3"));
}

BOOST_AUTO_TEST_CASE(requests_that_cannot_be_sent) {
    poco::http_client client{options()};
    auto request = post("http://127.0.0.1:1/");
    request.headers.push_back({"X", "a\r\nY: b"});
    BOOST_CHECK_THROW((void)client.send(request, {}), std::invalid_argument);
    request = post("http://127.0.0.1:1/");
    request.method = "GET /";
    BOOST_CHECK_THROW((void)client.send(request, {}), std::invalid_argument);
    BOOST_CHECK_THROW((void)client.send(post("nonsense"), {}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_was_closed_is_replaced) {
    scripted_server server{[](peer& client) {
        client.read_request();
        client.write(reply_text("x"));
        client.close();
        client.server().reached();
    }};
    poco::http_client client{options()};
    for (int i = 1; i <= 3; ++i) {
        BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "x");
        BOOST_TEST_REQUIRE(server.wait_reached(i));
    }
    BOOST_TEST(server.connections == 3);
    BOOST_TEST(server.requests == 3);
}

BOOST_AUTO_TEST_CASE(a_request_lost_on_a_kept_connection_is_sent_once_more) {
    scripted_server server{[](peer& client) {
        client.read_request();
        client.write(reply_text("x"));
        client.read_request();
        client.reset();  // the second request is read, and not answered
    }};
    poco::http_client client{options()};
    BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "x");
    BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "x");
    BOOST_TEST(server.connections == 2);
    BOOST_TEST(server.requests == 3);
}

BOOST_AUTO_TEST_CASE(a_request_that_may_not_be_repeated_is_lost_with_its_kept_connection) {
    scripted_server server{[](peer& client) {
        client.read_request();
        client.write(reply_text("x"));
        client.read_request();
        client.reset();
    }};
    poco::http_client client{options()};
    BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "x");
    const http_request unsaid{
        .method = "POST", .url = server.url("http"), .headers = {}, .body = "a=b", .timeout = 10s};
    const auto lost = failure_of(client.send(unsaid, {}));
    BOOST_TEST((lost.kind == kind::cut));
    BOOST_TEST(lost.on_kept_connection);
    BOOST_TEST(server.requests == 2);
}

BOOST_AUTO_TEST_CASE(a_request_lost_on_a_fresh_connection_is_not_sent_again) {
    scripted_server server{[](peer& client) {
        client.read_request();
        client.reset();
    }};
    poco::http_client client{options()};
    const auto lost = failure_of(client.send(post(server.url("http")), {}));
    BOOST_TEST((lost.kind == kind::cut));
    BOOST_TEST(!lost.on_kept_connection);
    BOOST_TEST(server.requests == 1);
}

BOOST_AUTO_TEST_CASE(a_reply_begun_on_a_kept_connection_is_not_asked_for_again) {
    scripted_server server{[](peer& client) {
        client.read_request();
        client.write(reply_text("x"));
        client.read_request();
        client.write("HTTP/1.1 200 OK\r\nContent-Le");
        client.close();
    }};
    poco::http_client client{options()};
    BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "x");
    BOOST_TEST((failure_of(client.send(post(server.url("http")), {})).kind == kind::cut));
    BOOST_TEST(server.requests == 2);
}

// A second before the server closes it: of a second nothing is left.
BOOST_AUTO_TEST_CASE(the_servers_limit_for_an_idle_connection_holds) {
    for (const bool announced : {false, true}) {
        scripted_server server{[&](peer& client) {
            while (!client.read_request().empty())
                if (!client.write(reply_text("x", "200 OK", announced ? "Keep-Alive: timeout=1, max=9\r\n" : "")))
                    return;
        }};
        poco::http_client client{options()};
        for (int i = 0; i < 3; ++i) BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "x");
        BOOST_TEST(server.connections == (announced ? 3 : 1));
    }
}

BOOST_AUTO_TEST_CASE(a_surplus_reply_is_never_the_next_answer) {
    scripted_server server{[](peer& client) {
        const auto request = client.read_request();
        client.write(reply_text("own") + reply_text("planted"));
        client.wait_for_close();
    }};
    poco::http_client client{options()};
    for (int i = 0; i < 2; ++i) BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "own");
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(all_addresses_are_tried) {
    scripted_server server{echo};
    poco::http_client client{options()};
    BOOST_TEST(body_of(client.send(post(server.url("http", "two.test")), {})) == "a=b");  // 127.0.0.2 refuses
}

BOOST_AUTO_TEST_CASE(names_and_refusals) {
    poco::http_client client{options()};
    const auto unknown = failure_of(client.send(post("https://unknown.test/"), {}));
    BOOST_TEST((unknown.kind == kind::name_unknown));
    BOOST_TEST(has(unknown.detail, "unknown.test"));
    BOOST_TEST((failure_of(client.send(post("https://again.test/"), {})).kind == kind::name_temporary));
    const auto url = "http://two.test:" + std::to_string(closed_port()) + "/";
    const auto refused = failure_of(client.send(post(url), {}));
    BOOST_TEST((refused.kind == kind::connect));
    BOOST_TEST(has(refused.detail, "Connection refused"));
}

BOOST_AUTO_TEST_CASE(redirects_are_not_followed) {
    scripted_server elsewhere{echo};
    scripted_server server{[&](peer& client) {
        client.read_request();
        client.write(reply_text("", "307 Temporary Redirect", "Location: " + elsewhere.url("http") + "\r\n"));
    }};
    poco::http_client client{options()};
    BOOST_TEST(std::get<http_response>(client.send(post(server.url("http")), {})).status == 307);
    BOOST_TEST(elsewhere.connections == 0);
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_request_is_read_counts) {
    scripted_server server{[](peer& client) {
        client.read_until("\r\n\r\n");
        client.write(reply_text("too big", "413 Content Too Large", "Connection: close\r\n"));
        client.wait_for_close();
    }};
    poco::http_client client{options()};
    const auto result = client.send(post(server.url("http"), 10s, std::string(std::size_t{8} << 20, 'x')), {});
    BOOST_TEST(std::get<http_response>(result).status == 413);
}

BOOST_AUTO_TEST_CASE(many_threads_share_a_client) {
    scripted_server server{[&](peer& client) {
        if (client.start_tls(good)) echo(client);
    }};
    poco::http_client client{options()};
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 5; ++i) {
                    const auto body = std::to_string(t) + "=" + std::to_string(i);
                    right += body_of(client.send(post(server.url("https"), 10s, body), {})) == body;
                }
            });
    }
    BOOST_TEST(right == 20);
}

// Each call at a time has connections of its own; what is kept for the next ones is bounded.
BOOST_AUTO_TEST_CASE(a_burst_of_threads_leaves_few_connections_behind) {
    constexpr int burst = 8, kept = 4;
    scripted_server server{[](peer& client) {
        client.read_request();
        client.server().reached();
        if (!client.server().wait_reached(burst)) return;
        client.write(reply_text("x"));
        if (client.read_request().empty()) client.server().reached();  // closed
        else client.write(reply_text("y"));
    }};
    poco::http_client client{options()};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < burst; ++i)
            threads.emplace_back([&] { static_cast<void>(client.send(post(server.url("http")), {})); });
    }
    BOOST_TEST(server.wait_reached(burst + burst - kept));
    BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "y");  // over one of those that were kept
    BOOST_TEST(server.connections == burst);
}

// The answer for a name that an earlier call no longer waited for is taken in by a later one.
BOOST_AUTO_TEST_CASE(a_stopped_call_leaves_nothing_for_the_next) {
    scripted_server server{echo};
    poco::http_client client{options()};
    {
        hanging_names names;
        std::stop_source stop;
        auto running = std::async(std::launch::async,
                                  [&] { return client.send(post(server.url("http", "hang.test")), stop.get_token()); });
        BOOST_TEST(names.wait_for(1));
        stop.request_stop();
        BOOST_TEST(failure_of(running.get()).detail == "stopped by the caller");
    }
    for (const auto* host : {"hang.test", "accounts.test", "hang.test"})
        BOOST_TEST(body_of(client.send(post(server.url("http", host), 10s, host), {})) == host);
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(no_sigpipe) {
    static std::atomic<int> raised = 0;
    raised = 0;
    struct sigaction count {};
    struct sigaction former {};
    count.sa_handler = [](int) { ++raised; };
    sigaction(SIGPIPE, &count, &former);
    // Poco blocks it when its library is loaded, which would make this test blind.
    sigset_t pipe, former_mask;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &pipe, &former_mask);
    for (const bool tls : {false, true}) {
        // Closed by RST while the client still sends: each further write would raise it.
        scripted_server server{[&](peer& client) {
            if (tls && !client.start_tls(good)) return;
            client.read_until("\r\n\r\n");
            client.reset();
        }};
        poco::http_client client{options()};
        const auto result =
            client.send(post(server.url(tls ? "https" : "http"), 10s, std::string(std::size_t{16} << 20, 'x')), {});
        BOOST_TEST((failure_of(result).kind == kind::cut));
    }
    pthread_sigmask(SIG_SETMASK, &former_mask, nullptr);
    sigaction(SIGPIPE, &former, nullptr);
    BOOST_TEST(raised == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(poco_proxy, tls_fixture)

namespace {

/// A proxy that leads every CONNECT to the script itself, as if it were the host behind it.
std::string connect_line(peer& client) { return client.read_until("\r\n\r\n"); }

}  // namespace

BOOST_AUTO_TEST_CASE(connect_with_credentials_then_tls_with_the_host) {
    std::string seen;
    const auto host = ca.issue({.names = "DNS:accounts.feishu.test"});
    scripted_server server{[&](peer& client) {
        seen = connect_line(client);
        client.write(
            "HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n");  // CONNECT's reply has no body
        if (client.start_tls(host)) echo(client);
    }};
    auto opts = options();
    opts.proxy = "http://user:s3cret@127.0.0.1:" + std::to_string(server.port());
    poco::http_client client{opts};
    for (int i = 0; i < 3; ++i) BOOST_TEST(body_of(client.send(post("https://accounts.feishu.test/x"), {})) == "a=b");
    BOOST_TEST(seen ==
               "CONNECT accounts.feishu.test:443 HTTP/1.1\r\nHost: accounts.feishu.test:443\r\nUser-Agent: "
               "lark-registration-cpp/0.1.0\r\nProxy-Authorization: Basic dXNlcjpzM2NyZXQ=\r\n\r\n");
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(the_proxy_refuses) {
    struct row {
        const char* status;
        kind why;
    };
    for (const auto& [status, why] :
         {row{"407 Proxy Authentication Required", kind::proxy}, row{"403 Forbidden", kind::proxy},
          row{"302 Found", kind::proxy}, row{"502 Bad Gateway", kind::connect}}) {
        scripted_server server{[&, line = status](peer& client) {
            connect_line(client);
            client.write(reply_text("no", line));
        }};
        auto opts = options();
        opts.proxy = "http://user:s3cret@127.0.0.1:" + std::to_string(server.port());
        poco::http_client client{opts};
        const auto failure = failure_of(client.send(post("https://accounts.feishu.test/"), {}));
        BOOST_TEST(to_string(failure.kind) == to_string(why), status);
        BOOST_TEST(has(failure.detail, "http://127.0.0.1:" + std::to_string(server.port())), failure.detail);
        BOOST_TEST(has(failure.detail, std::string{status}.substr(0, 3)));
        BOOST_TEST(has(failure.detail, "407 Proxy Authentication Required: set a user and a password") ==
                   std::string{status}.starts_with("407"));
        BOOST_TEST(!has(failure.detail, "s3cret"));
        BOOST_TEST(!has(failure.detail, "user:"));
    }
}

BOOST_AUTO_TEST_CASE(the_proxy_is_not_there) {
    auto opts = options();
    opts.proxy = "http://user:s3cret@unknown-proxy.test";
    const auto unknown = failure_of(poco::http_client{opts}.send(post("https://accounts.feishu.test/"), {}));
    BOOST_TEST((unknown.kind == kind::proxy));
    BOOST_TEST(has(unknown.detail, "unknown-proxy.test"));
    BOOST_TEST(!has(unknown.detail, "s3cret"));
    opts.proxy = "127.0.0.1:" + std::to_string(closed_port());
    BOOST_TEST(
        (failure_of(poco::http_client{opts}.send(post("https://accounts.feishu.test/"), {})).kind == kind::connect));
    scripted_server ssh{[](peer& client) { client.write("SSH-2.0-x\r\n\r\n"); }};
    opts.proxy = "127.0.0.1:" + std::to_string(ssh.port());
    BOOST_TEST(
        (failure_of(poco::http_client{opts}.send(post("https://accounts.feishu.test/"), {})).kind == kind::proxy));
}

BOOST_AUTO_TEST_CASE(a_proxy_that_speaks_for_the_host_is_refused) {
    scripted_server server{[](peer& client) {
        connect_line(client);
        client.write("HTTP/1.1 200 OK\r\n\r\n" + reply_text("planted"));
        client.wait_for_close();
    }};
    auto opts = options();
    opts.proxy = "127.0.0.1:" + std::to_string(server.port());
    poco::http_client client{opts};
    const auto why = failure_of(client.send(post("http://accounts.feishu.test/"), {}));
    BOOST_TEST((why.kind == kind::proxy));
    BOOST_TEST(has(why.detail, "the proxy sent data before the first request"), why.detail);
    BOOST_TEST(!has(why.detail, "planted"));
}

BOOST_AUTO_TEST_SUITE_END()
