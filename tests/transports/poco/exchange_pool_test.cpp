// SPDX-License-Identifier: MIT
// The pool of exchanges by itself: real sockets, but a time that the test hands in. No request may wait for a time to
// pass, or for the end of another, where it need not.
#include "pool/exchange_pool.hpp"
#include "client_fixture.hpp"
#include "support/fault_environment.hpp"
#include "support/sanitizers.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace lark;
using namespace lark::test;
using namespace lark::poco::detail;
using injected::request_handle;

namespace {

/// The limit of descriptors for the time of a scope.
class descriptor_limit {
public:
    explicit descriptor_limit(rlim_t most) {
        getrlimit(RLIMIT_NOFILE, &former_);
        rlimit now = former_;
        now.rlim_cur = most;
        setrlimit(RLIMIT_NOFILE, &now);
    }
    ~descriptor_limit() { setrlimit(RLIMIT_NOFILE, &former_); }
    descriptor_limit(const descriptor_limit&) = delete;
    descriptor_limit& operator=(const descriptor_limit&) = delete;

    /// The lowest descriptor that is free.
    static rlim_t lowest_free() {
        const int probe = ::dup(0);
        ::close(probe);
        return static_cast<rlim_t>(probe);
    }

private:
    rlimit former_{};
};

/// A pool in its event loop, turned by hand.
struct fixture {
    explicit fixture(const poco::http_options& http = no_proxy(), poco::event_loop_options options = {},
                     rlim_t descriptors = 1000)
        : inbox{std::make_shared<event_inbox>()} {
        const auto config = make_client_config(http);
        const descriptor_limit limit{descriptors};  // read when the pool is made
        pool = std::make_unique<exchange_pool>(config, options, watched, inbox);
    }

    static poco::http_options no_proxy() {
        poco::http_options http;
        http.proxy = "";
        return http;
    }

    void start(int number, const std::string& url, std::chrono::milliseconds timeout = 10s) {
        pool->start(request_handle{static_cast<std::uint64_t>(number)}, post(url, timeout), now);
    }

    /// A poll: not idempotent.
    void start_once(int number, const std::string& url) {
        auto request = post(url);
        request.idempotent = false;
        pool->start(request_handle{static_cast<std::uint64_t>(number)}, request, now);
    }

    void turn() {
        pool->pump(now);
        for (const int fd : watched.wait(5ms)) pool->handle_event(fd, now);
        pool->handle_resolved(now);
        pool->handle_time(now);
        pool->pump(now);
        for (auto& results = pool->results(); !results.empty(); results.pop_front())
            ends[static_cast<int>(results.front().first)] = std::move(results.front().second);
    }

    /// Starts requests to `url` for as long as there is room; how many.
    int start_all(int first, const std::string& url, std::chrono::milliseconds timeout = 10s) {
        const auto origin = origin_of(url);
        int count = 0;
        for (; count < 1000 && pool->has_room(origin, now); ++count) start(first + count, url, timeout);
        return count;
    }
    /// Turns until there is room for one that was refused; false after 20 s.
    bool wait_for_room() {
        const auto end = steady::now() + 20s;
        while (steady::now() < end) {
            turn();
            if (pool->take_room()) return true;
        }
        return false;
    }

    /// Turns until so many have ended; false after 20 s.
    bool run(std::size_t count) {
        const auto end = steady::now() + 20s;
        while (ends.size() < count && steady::now() < end) turn();
        return ends.size() >= count;
    }

    socket_poll watched;
    std::shared_ptr<event_inbox> inbox;
    std::unique_ptr<exchange_pool> pool;
    wire_time now = wire_time{} + 1h;
    std::map<int, http_result> ends;
};

bool is_reply(const http_result& result) { return std::holds_alternative<http_response>(result); }

}  // namespace

BOOST_AUTO_TEST_SUITE(poco_exchange_pool)

BOOST_AUTO_TEST_CASE(a_request_whose_own_time_is_over_says_nothing_of_the_host) {
    scripted_server silent{[](peer& client) { client.wait_for_close(); }};
    fixture w{fixture::no_proxy(), {.max_connections_per_host = 2}};
    const auto url = silent.url("https");
    w.start(1, url, 200ms);
    w.start(2, url, 200ms);
    w.start(3, url, 15s);
    while (silent.connections < 2) w.turn();
    w.now += 250ms;
    BOOST_TEST(w.run(2));
    BOOST_TEST((failure_of(w.ends[1]).kind == kind::timeout));
    BOOST_TEST((failure_of(w.ends[2]).kind == kind::timeout));
    while (silent.connections < 3) w.turn();  // the third goes on, with a connection of its own
    BOOST_TEST(w.ends.size() == 2u);
}

BOOST_AUTO_TEST_CASE(half_of_the_descriptors_at_the_most_and_idle_ones_make_room_at_once) {
    scripted_server one{echo}, other{echo};
    fixture w{fixture::no_proxy(), {}, 12};
    for (int i = 1; i <= 40; ++i) w.start(i, one.url("http"));
    BOOST_TEST(w.run(40));
    BOOST_TEST(one.connections > 0);
    BOOST_TEST(one.connections <= 6);
    // They lie idle now, all that there may be or fewer; the other host needs some, and no time passes.
    for (int i = 41; i <= 80; ++i) w.start(i, other.url("http"));
    BOOST_TEST(w.run(80));
    for (const auto& [number, end] : w.ends) BOOST_TEST(is_reply(end), body_of(end));
}

BOOST_AUTO_TEST_CASE(a_host_without_room_is_served_when_a_connection_goes) {
    scripted_server busy{[](peer& client) {
        client.read_request();
        client.server().reached();
        if (!client.server().wait_reached(2)) return;
        client.write(reply_text("x", "200 OK", "Connection: close\r\n"));
    }};
    scripted_server other{echo};
    fixture w{fixture::no_proxy(), {}, 2};  // one connection in all
    w.start(1, busy.url("http"));
    while (busy.requests < 1) w.turn();
    w.start(2, other.url("http"));
    for (int i = 0; i < 5; ++i) w.turn();
    BOOST_TEST(other.connections == 0);
    busy.reached();
    BOOST_TEST(w.run(2));
    BOOST_TEST(is_reply(w.ends[2]), body_of(w.ends[2]));
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_all_hosts_are_served_again_after_a_tenth_of_a_second,
                     *boost::unit_test::enable_if<can_do_without_descriptors>()) {
    scripted_server busy{[](peer& client) {
        client.read_request();
        client.server().reached();
        client.wait_for_close();
    }};
    scripted_server first{echo}, second{echo};
    fixture w;
    w.start(1, busy.url("http"));
    while (busy.requests < 1) w.turn();
    {
        const descriptor_limit none{descriptor_limit::lowest_free()};
        w.start(2, first.url("http"));
        for (int i = 0; i < 5; ++i) w.turn();
        w.start(3, second.url("http"));
        for (int i = 0; i < 5; ++i) w.turn();
    }
    BOOST_TEST(w.ends.empty());
    BOOST_TEST((w.pool->deadline() <= w.now + 100ms));
    w.now += 100ms;
    BOOST_TEST(w.run(2));
    BOOST_TEST(is_reply(w.ends[2]), body_of(w.ends[2]));
    BOOST_TEST(is_reply(w.ends[3]), body_of(w.ends[3]));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_given_up_for_a_descriptor_that_is_missing,
                     *boost::unit_test::enable_if<can_do_without_descriptors>()) {
    scripted_server idle{echo}, other{echo};
    fixture w;
    w.start(1, idle.url("http"));
    BOOST_TEST(w.run(1));
    idle.reserve(2);
    other.reserve(2);
    const descriptor_limit none{descriptor_limit::lowest_free()};
    w.start(2, other.url("http"));
    BOOST_TEST(w.run(2));  // and the time is still the same
    BOOST_TEST(is_reply(w.ends[2]), body_of(w.ends[2]));
}

BOOST_AUTO_TEST_CASE(one_that_is_sent_once_more_holds_up_nobody) {
    std::atomic<int> conversations = 0;
    scripted_server server{[&](peer& client) {
        const bool lost = ++conversations == 1;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            if (lost && has(request, "lost")) return client.reset();
            if (has(request, "hold")) {
                client.server().reached();
                if (!client.server().wait_reached(2)) return;
            }
            if (!client.write(reply_text("x"))) return;
        }
    }};
    fixture w{fixture::no_proxy(), {.max_connections_per_host = 1}};
    w.start(1, server.url("http"));
    BOOST_TEST(w.run(1));  // the connection is kept
    w.pool->start(
        request_handle{2},
        [&] {
            auto request = post(server.url("http"), 10s, "lost");
            request.idempotent = true;
            return request;
        }(),
        w.now);
    BOOST_TEST(w.run(2));  // lost on it, and sent on a fresh one
    BOOST_TEST(is_reply(w.ends[2]), body_of(w.ends[2]));
    BOOST_TEST(server.connections == 2);
    w.start(3, server.url("http"));
    BOOST_TEST(w.run(3));
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(a_connection_is_closed_a_second_before_the_server_closes_it) {
    scripted_server server{[](peer& client) {
        while (!client.read_request().empty())
            if (!client.write(reply_text("x", "200 OK", "Keep-Alive: timeout=5\r\n"))) return;
        client.server().reached();
    }};
    fixture w;
    w.start(1, server.url("http"));
    BOOST_TEST(w.run(1));
    w.now += 3999ms;
    w.start(2, server.url("http"));
    BOOST_TEST(w.run(2));
    BOOST_TEST(server.connections == 1);
    BOOST_TEST((w.pool->deadline() <= w.now + 4s));
    w.now += 4s;
    w.turn();
    BOOST_TEST(server.wait_reached());  // closed, and not only left alone
    w.start(3, server.url("http"));
    BOOST_TEST(w.run(3));
    BOOST_TEST(server.connections == 2);
}

// Nor after a wait that nothing woke us from.
BOOST_AUTO_TEST_CASE(a_connection_that_was_idle_for_too_long_is_not_used) {
    scripted_server server{echo};
    fixture w{fixture::no_proxy(), {.idle_time = 2s}};
    w.start(1, server.url("http"));
    BOOST_TEST(w.run(1));
    w.now += 3s;
    w.start(2, server.url("http"));
    BOOST_TEST(w.run(2));
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(a_host_that_cut_an_idle_connection_is_not_trusted_with_that_long_again) {
    scripted_server server{[](peer& client) {
        const bool first = client.number() == 1;
        for (int count = 0; !client.read_request().empty(); ++count) {
            if (first && count == 1) return client.reset();
            if (!client.write(reply_text("x"))) return;
        }
    }};
    fixture w;
    w.start_once(1, server.url("http"));
    BOOST_TEST(w.run(1));
    w.now += 5s;
    w.start_once(2, server.url("http"));
    BOOST_TEST(w.run(2));
    BOOST_TEST((failure_of(w.ends[2]).kind == kind::cut));
    BOOST_TEST(failure_of(w.ends[2]).on_kept_connection);
    BOOST_TEST(server.requests == 2);
    w.start_once(3, server.url("http"));
    BOOST_TEST(w.run(3));
    BOOST_TEST(server.connections == 2);
    w.now += 4s;
    w.start_once(4, server.url("http"));
    BOOST_TEST(w.run(4));
    BOOST_TEST(server.connections == 3);
    w.now += 3999ms;
    w.start_once(5, server.url("http"));
    BOOST_TEST(w.run(5));
    BOOST_TEST(server.connections == 3);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_cannot_be_used_fails_the_request_that_would_use_it) {
    const with_variable set{"HTTPS_PROXY", "socks5://user:s3cret@a.test"};
    fixture w{poco::http_options{}};
    w.start(1, "https://accounts.feishu.test/");
    BOOST_TEST(w.run(1));
    const auto failure = failure_of(w.ends[1]);
    BOOST_TEST((failure.kind == kind::proxy));
    BOOST_TEST(has(failure.detail, "environment HTTPS_PROXY"), failure.detail);
    BOOST_TEST(!has(failure.detail, "s3cret"));
}

// `connect_timeout` is for both together.
BOOST_AUTO_TEST_CASE(the_resolver_takes_part_of_the_time_to_connect) {
    scripted_server silent{[](peer& client) { client.wait_for_close(); }};
    fixture w;
    {
        hanging_names names;
        w.start(1, silent.url("https", "hang.test"));
        w.turn();
        BOOST_TEST(names.wait_for(1));
        w.now += 3s;
        w.turn();
        BOOST_TEST(w.ends.empty());
    }
    while (silent.connections < 1) w.turn();
    w.now += 1999ms;
    for (int i = 0; i < 5; ++i) w.turn();
    BOOST_TEST(w.ends.empty());
    w.now += 1ms;
    BOOST_TEST(w.run(1));
    BOOST_TEST((failure_of(w.ends[1]).kind == kind::timeout));
}

// RFC 8305: two.test is an address that does not answer, and one that answers.
BOOST_AUTO_TEST_CASE(the_next_address_begins_while_the_first_still_connects) {
    scripted_server server{echo};
    const full_listener silent{server.port(), "127.0.0.2"};
    fixture w;
    w.start(1, server.url("http", "two.test"));
    BOOST_TEST(silent.wait_for_attempt_of([&] { w.turn(); }));
    w.now += 249ms;
    for (int i = 0; i < 5; ++i) w.turn();
    BOOST_TEST(w.ends.empty());
    BOOST_TEST(server.connections == 0);
    BOOST_TEST((w.pool->deadline() <= w.now + 1ms));
    w.now += 1ms;
    BOOST_TEST(w.run(1));  // and no more time passes
    BOOST_TEST(is_reply(w.ends[1]), body_of(w.ends[1]));
    w.start(2, server.url("http", "two.test"));
    BOOST_TEST(w.run(2));
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(a_short_time_is_shared_by_the_addresses) {
    scripted_server server{echo};
    const full_listener silent{server.port(), "127.0.0.2"};
    auto http = fixture::no_proxy();
    http.connect_timeout = 100ms;
    fixture w{http};
    w.start(1, server.url("http", "two.test"));
    BOOST_TEST(silent.wait_for_attempt_of([&] { w.turn(); }));
    w.now += 50ms;
    BOOST_TEST(w.run(1));
    BOOST_TEST(is_reply(w.ends[1]), body_of(w.ends[1]));
}

BOOST_AUTO_TEST_CASE(addresses_that_all_swallow_packets_end_in_the_timeout) {
    const full_listener other{0, "127.0.0.1"};  // first: a port that is free there, where other tests have theirs
    const full_listener one{other.port(), "127.0.0.2"};
    fixture w;
    w.start(1, "http://two.test:" + std::to_string(one.port()) + "/");
    BOOST_TEST(one.wait_for_attempt_of([&] { w.turn(); }));
    w.now += 250ms;
    BOOST_TEST(other.wait_for_attempt_of([&] { w.turn(); }));
    w.now += 4749ms;
    for (int i = 0; i < 5; ++i) w.turn();
    BOOST_TEST(w.ends.empty());
    w.now += 1ms;
    BOOST_TEST(w.run(1));
    BOOST_TEST((failure_of(w.ends[1]).kind == kind::timeout));
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_for_a_second_attempt_the_first_goes_on,
                     *boost::unit_test::enable_if<can_do_without_descriptors>()) {
    scripted_server server{echo};
    server.reserve(2);
    const full_listener silent{server.port(), "127.0.0.2"};
    fixture w;
    w.start(1, server.url("http", "two.test"));
    BOOST_TEST(silent.wait_for_attempt_of([&] { w.turn(); }));
    for (const int spare : {0, 1}) {  // for the socket; for what watches the two
        const descriptor_limit none{descriptor_limit::lowest_free() + static_cast<rlim_t>(spare)};
        w.now += 250ms;
        for (int i = 0; i < 5; ++i) w.turn();
        BOOST_TEST(w.ends.empty());
    }
    w.now += 250ms;
    BOOST_TEST(w.run(1));
    BOOST_TEST(is_reply(w.ends[1]), body_of(w.ends[1]));
}

BOOST_AUTO_TEST_CASE(the_families_take_turns) {
    const Poco::Net::SocketAddress four{"192.0.2.1", 1}, other_four{"192.0.2.2", 1}, third_four{"192.0.2.3", 1};
    const Poco::Net::SocketAddress six{"2001:db8::1", 1}, other_six{"2001:db8::2", 1};
    BOOST_TEST((interleaved({six, other_six, four, other_four, third_four}) ==
                addresses{six, four, other_six, other_four, third_four}));
    BOOST_TEST((interleaved({four, six, other_six}) == addresses{four, six, other_six}));
    BOOST_TEST((interleaved({four, other_four}) == addresses{four, other_four}));
    BOOST_TEST(interleaved({}).empty());
}

BOOST_AUTO_TEST_CASE(the_address_that_worked_is_tried_first_from_then_on) {
    const Poco::Net::SocketAddress dead{"127.0.0.2", 1}, alive{"127.0.0.1", 1};
    exchange_host host;
    host.learn({dead, alive}, wire_time::max());
    BOOST_TEST((host.known.front() == dead));
    host.prefer(alive);
    BOOST_TEST((host.known == addresses{alive, dead}));
    host.learn({dead, alive}, wire_time::max());  // the resolver keeps to its order
    BOOST_TEST((host.known == addresses{alive, dead}));
    host.learn({dead}, wire_time::max());
    BOOST_TEST((host.known == addresses{dead}));
}

BOOST_AUTO_TEST_CASE(there_is_room_for_as_many_requests_as_get_a_connection) {
    scripted_server server{[](peer& client) {
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            client.server().reached();
            if (!client.server().wait_reached(5) || !client.write(reply_text("x"))) return;
        }
    }};
    fixture w;
    BOOST_TEST(w.start_all(1, server.url("http")) == 4);  // it is not known yet
    BOOST_TEST(w.start_all(5, server.url("http")) == 0);
    while (server.requests < 4) w.turn();
    BOOST_TEST(w.pool->stats().waiting == 0u);
    BOOST_TEST(!w.pool->take_room(), "nothing has changed");
    server.reached();
    BOOST_TEST(w.wait_for_room());
    BOOST_TEST(!w.pool->take_room(), "it is said once");
    BOOST_TEST(w.run(4));
    BOOST_TEST(w.start_all(5, server.url("http")) == 12);  // four are idle, and eight may be opened
    BOOST_TEST(w.run(16));
    for (const auto& [number, end] : w.ends) BOOST_TEST(is_reply(end), body_of(end));
}

BOOST_AUTO_TEST_CASE(a_host_without_a_reply_has_room_for_more_after_a_while) {
    scripted_server silent{[](peer& client) { client.wait_for_close(); }};
    fixture w;
    BOOST_TEST(w.start_all(1, silent.url("http"), 1h) == 4);
    BOOST_TEST(w.start_all(5, silent.url("http"), 1h) == 0);
    while (silent.connections < 4) w.turn();
    BOOST_TEST(!w.pool->take_room());
    BOOST_TEST((w.pool->deadline() <= w.now + 3s));
    w.now += 3s;
    BOOST_TEST(w.wait_for_room());
    BOOST_TEST(w.start_all(5, silent.url("http"), 1h) > 0);
}

// A quarter of the places is left to others, and a single one if there are few.
BOOST_AUTO_TEST_CASE(a_host_that_hangs_leaves_places_to_others) {
    scripted_server silent{[](peer& client) { client.wait_for_close(); }};
    scripted_server other{echo};
    for (const auto& [descriptors, most] : {std::pair{32u, 12}, std::pair{4u, 1}}) {
        fixture w{fixture::no_proxy(), {}, descriptors};
        int taken = 0;
        for (int i = 0; i < 20; ++i) {
            taken += w.start_all(1 + taken, silent.url("http"), 1h);
            w.now += 3s;
            for (int turns = 0; turns < 5; ++turns) w.turn();
        }
        BOOST_TEST(taken == most);
        BOOST_TEST(w.pool->stats().waiting == 0u);
        for (int i = 0; i < 10; ++i) {
            while (!w.pool->has_room(other.url("http", "127.0.0.1", ""), w.now)) BOOST_TEST_REQUIRE(w.wait_for_room());
            w.start(1000 + i, other.url("http"));
            BOOST_TEST(w.run(w.ends.size() + 1));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_host_whose_name_hangs_leaves_room_to_others) {
    scripted_server other{echo};
    hanging_names names;
    fixture w;
    BOOST_TEST(w.start_all(1, "http://hang.test/") == 4);
    BOOST_TEST(w.start_all(5, "http://hang.test/") == 0);
    BOOST_TEST(w.start_all(5, other.url("http")) == 4);
    BOOST_TEST(w.run(4));
    BOOST_TEST(w.ends.contains(5));
}

BOOST_AUTO_TEST_CASE(all_places_taken_is_no_room_for_another_host) {
    for (const bool known : {false, true}) {
        scripted_server busy{[](peer& client) {
            client.read_request();
            client.server().reached();
            if (client.server().wait_reached(2)) client.write(reply_text("x"));
        }};
        scripted_server other{echo};
        fixture w{fixture::no_proxy(), {}, 2};  // one connection in all
        if (known) w.start(9, other.url("http"));
        BOOST_TEST(w.run(known ? 1 : 0));
        BOOST_TEST(w.start_all(1, busy.url("http")) == 1);
        while (busy.requests < 1) w.turn();
        BOOST_TEST(w.start_all(2, other.url("http")) == 0);
        for (int i = 0; i < 5; ++i) w.turn();
        BOOST_TEST(!w.pool->take_room());
        busy.reached();
        BOOST_TEST(w.wait_for_room());
        BOOST_TEST(w.start_all(2, other.url("http")) == 1);
        BOOST_TEST(w.run(known ? 3 : 2));
    }
}

BOOST_AUTO_TEST_CASE(an_abandoned_request_makes_room) {
    scripted_server silent{[](peer& client) { client.wait_for_close(); }};
    fixture w{fixture::no_proxy(), {.max_connections_per_host = 1}};
    for (const bool begun : {false, true}) {
        BOOST_TEST(w.start_all(1, silent.url("http"), 1h) == 1);
        BOOST_TEST(w.start_all(2, silent.url("http"), 1h) == 0);
        if (begun) w.turn();
        w.pool->abandon(request_handle{1});
        BOOST_TEST((w.pool->deadline() <= w.now), "the next turn comes at once");
        BOOST_TEST(w.wait_for_room());
    }
}

// They wait elsewhere, and one by one would take their turns with a host that is not there.
BOOST_AUTO_TEST_CASE(requests_that_were_refused_fail_with_the_host_that_is_not_there) {
    const auto url = "http://127.0.0.1:" + std::to_string(closed_port()) + "/";
    fixture w;
    BOOST_TEST(w.start_all(1, url) == 4);
    BOOST_TEST(w.start_all(5, url) == 0);
    BOOST_TEST(w.run(4));
    BOOST_TEST(w.pool->take_room());
    for (int number = 5; number <= 100; ++number) {
        BOOST_TEST_REQUIRE(w.pool->has_room(url.substr(0, url.size() - 1), w.now));
        w.start(number, url);
    }
    w.pool->pump(w.now);  // at once: nothing is connected
    BOOST_TEST(w.pool->results().size() == 96u);
    BOOST_TEST(w.run(100));
    BOOST_TEST(failure_of(w.ends[100]).detail == failure_of(w.ends[4]).detail);
    w.now += 250ms;
    w.turn();
    BOOST_TEST(w.start_all(101, url) == 4, "then it is tried again");
}

BOOST_AUTO_TEST_CASE(one_that_fails_to_connect_fails_no_later_one_if_none_was_refused) {
    const auto gone = "http://127.0.0.1:" + std::to_string(closed_port()) + "/";
    fixture w;
    w.start(1, gone);
    BOOST_TEST(w.run(1));
    w.start(2, gone);
    w.pool->pump(w.now);
    BOOST_TEST(w.pool->results().empty());
}

BOOST_AUTO_TEST_SUITE_END()
