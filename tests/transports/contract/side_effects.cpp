// SPDX-License-Identifier: MIT
#include "wire.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <atomic>
#include <memory>

// A transport must not follow redirects, repeat requests, leak secrets, or rely on SIGPIPE being ignored.
namespace lark::contract {

namespace {

using namespace std::chrono_literals;

void redirect_to_another_host_is_not_followed(wire& on) {
    const auto other = on.trusted().issue();
    test::scripted_server elsewhere{[&on, other](test::peer& client) {
        if (!on.tls() || client.start_tls(other)) answer_honestly(client);
    }};
    const auto location = elsewhere.url(on.tls() ? "https" : "http", "127.0.0.1", "/oauth/v1/app/registration");
    for (const char* status :
         {"301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"}) {
        on.serve([&on, status, location](test::peer& client) {
            if (on.greet(client) && !client.read_request().empty())
                client.write(test::reply_text("", status, "Location: " + location + "\r\nConnection: close\r\n"));
        });
        const auto result = on.run();
        BOOST_TEST(elsewhere.connections == 0, "a redirect was followed: " << status);
        BOOST_TEST(result.code() == "http_error");
    }
}

void request_is_sent_once(wire& on) {
    on.serve([&on](test::peer& client) {
        if (on.greet(client)) client.read_request();
    });
    std::stop_source stop;
    const auto result =
        on.run({.on_status_change =
                    [&](const auto&) {
                        BOOST_TEST(on.requests() == 1, "a request was sent " << on.requests() << " times");
                        stop.request_stop();
                    }},
               {}, stop.get_token());
    BOOST_TEST(result.code() == "abort");
}

/// Where many stacks send it again, since the server may have closed the connection before it read the request.
void request_on_a_kept_connection_is_sent_once(wire& on) {
    const auto polls = std::make_shared<std::atomic<int>>(0);
    on.serve([&on, polls](test::peer& client) {
        if (!on.greet(client)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            if (is_poll(request) && ++*polls == 1) return;
            client.write(is_poll(request) ? pending_reply() : honest_reply(request));
        }
    });
    std::stop_source stop;
    const auto result = on.run({.on_status_change =
                                    [&](const auto&) {
                                        BOOST_TEST(*polls == 1, "a poll was sent " << *polls << " times");
                                        stop.request_stop();
                                    }},
                               {}, stop.get_token());
    BOOST_TEST(result.code() == "abort");
}

/// Lost replies, with and without a part of the App Secret. The core blots out the secrets that it knows, and says so.
void detail_holds_no_secret(wire& on) {
    const auto polls = std::make_shared<std::atomic<int>>(0);
    on.serve([&on, polls](test::peer& client) {
        if (!on.greet(client)) return;
        const auto request = client.read_request();
        if (request.empty()) return;
        const int poll = is_poll(request) ? ++*polls : 0;
        if (poll == 1) return;
        const auto reply = honest_reply(request, "Connection: close\r\n");
        client.write(poll == 2 ? reply.substr(0, reply.size() - 5) : reply);
    });
    const auto result = on.run();
    BOOST_TEST(result.app.has_value());
    BOOST_TEST(!result.shown.empty());
    for (const auto& text : result.shown)
        BOOST_TEST((text.find("marked-") == std::string::npos && text.find("[redacted]") == std::string::npos),
                   "the detail of a failure holds a secret: " << text);
}

std::atomic<int> pipes_broken{0};

/// A server that ends the connection between two polls: FIN, then RST, so that the next byte written to it raises
/// SIGPIPE.
void sigpipe_is_kept_away(wire& on) {
    struct sigaction counts {};
    counts.sa_handler = [](int) { ++pipes_broken; };
    sigaction(SIGPIPE, &counts, nullptr);
    // Poco Foundation blocks it in the thread that loads the library; other programs do not have that.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
    const auto polls = std::make_shared<std::atomic<int>>(0);
    on.serve([&on, polls](test::peer& client) {
        if (!on.greet(client)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            const bool first_poll = is_poll(request) && ++*polls == 1;
            client.write(first_poll ? pending_reply() : honest_reply(request));
            if (!first_poll) continue;
            // After the client has read the reply, and long before it polls again.
            client.pause(200ms);
            client.close();
            client.reset();
            return;
        }
    });
    const auto result = on.run();
    BOOST_TEST(result.app.has_value());
    BOOST_TEST(pipes_broken == 0, "SIGPIPE reached the process");
}

}  // namespace

void add_side_effects(std::vector<scenario>& all) {
    const auto add = [&](std::string name, void (*play)(wire&)) {
        all.push_back({.name = std::move(name), .on_wire = play});
    };
    add("redirect_to_another_host_is_not_followed", redirect_to_another_host_is_not_followed);
    add("request_is_sent_once", request_is_sent_once);
    add("request_on_a_kept_connection_is_sent_once", request_on_a_kept_connection_is_sent_once);
    add("detail_holds_no_secret", detail_holds_no_secret);
    add("sigpipe_is_kept_away", sigpipe_is_kept_away);
}

}  // namespace lark::contract
