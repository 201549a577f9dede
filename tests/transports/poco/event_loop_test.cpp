// SPDX-License-Identifier: MIT
#include "accounts_script.hpp"

#include <lark/injected/flow_set.hpp>
#include <lark/poco/event_loop.hpp>

#include <deque>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace lark;
using namespace lark::test;
using injected::flow_set;
using injected::request_handle;

namespace {

struct fixture : tls_fixture {
    accounts_script service{.tls = &good};

    /// Turns the loop until all are over; false after 20 s.
    static bool run(poco::event_loop& client, flow_set& set) {
        const auto end = steady::now() + 20s;
        while (!set.empty() && steady::now() < end) client.run_once();
        return set.empty();
    }

    injected::flow_handlers handlers() {
        injected::flow_handlers result;
        result.on_qr_code = [](const auto&) {};
        result.on_finished = [this](const registration::outcome& end, std::exception_ptr) {
            const auto* app = std::get_if<registration::app>(&end);
            ends.push_back(app != nullptr ? app->client_id : std::get<registration::failure>(end).code);
        };
        return result;
    }
    std::vector<std::string> ends;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_event_loop, fixture)

BOOST_AUTO_TEST_CASE(a_flow_set_by_hand) {
    scripted_server server{[this](peer& client) { service(client); }};
    poco::event_loop client{options()};
    flow_set set{client};
    for (int i = 0; i < 10; ++i) set.add(handlers(), at(server));
    BOOST_TEST(run(client, set));
    BOOST_TEST(ends.size() == 10u);
    for (const auto& end : ends) BOOST_TEST(end.substr(0, 4) == "cli_", end);
}

// The service may have read what it did not answer: a second poll at once would earn slow_down, or find credentials
// that were handed out already.
BOOST_AUTO_TEST_CASE(a_poll_lost_on_a_kept_connection_waits_for_its_interval) {
    std::mutex mutex;
    std::vector<steady::time_point> polls;
    scripted_server server{[&](peer& client) {
        const auto next = [&] {
            auto request = client.read_request();
            const std::lock_guard lock{mutex};
            if (has(request, "action=poll")) polls.push_back(steady::now());
            return request;
        };
        if (!client.start_tls(good)) return;
        client.write(service.answer(next(), client.server()));
        next();
        client.reset();
    }};
    service.pending = 1;
    poco::event_loop client{options()};
    flow_set set{client};
    set.add(handlers(), at(server));
    BOOST_TEST(run(client, set));
    BOOST_TEST((ends == std::vector<std::string>{"cli_1"}));
    // init; begin lost and tried again; poll lost and tried again, pending; poll on a connection that has not been idle
    BOOST_TEST(server.requests == 6);
    BOOST_TEST(server.connections == 4);
    BOOST_TEST(server.resumed_handshakes == 3);
    BOOST_TEST(polls.size() == 3u);
    // An interval is a second; half of it is left to a machine that is busy.
    for (std::size_t i = 1; i < polls.size(); ++i) BOOST_TEST((polls[i] - polls[i - 1] >= 500ms));
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed_after_a_while) {
    scripted_server server{[&](peer& client) {
        service(client);
        client.server().reached();
    }};
    poco::event_loop client{options(), {.idle_time = 400ms}};
    flow_set set{client};
    set.add(handlers(), at(server));
    service.interval = 1;
    service.pending = 1;
    BOOST_TEST(run(client, set));
    BOOST_TEST(server.connections == 2);  // the wait between the polls was longer than that
}

BOOST_AUTO_TEST_CASE(a_connection_that_ended_or_spoke_while_idle_is_not_used) {
    enum class then { closes, speaks, sends_tickets };
    for (const auto it : {then::closes, then::speaks, then::sends_tickets}) {
        std::atomic<int> lost = 0;
        scripted_server server{[&](peer& client) {
            if (!client.start_tls(good)) return;
            for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
                const bool first_poll = has(request, "action=poll") && service.pending > 0;
                client.write(service.answer(request, client.server()));
                if (!first_poll) continue;
                if (it == then::closes) return client.close();
                while (it == then::sends_tickets)
                    if (!client.write_messages(SSL_new_session_ticket, 60'000)) return;
                client.write(reply_text(R"({"client_id":"cli_stray","client_secret":"of another"})"));
                lost += !client.read_request().empty();
                return;
            }
        }};
        poco::event_loop client{options()};
        flow_set set{client};
        service.pending = 1;
        ends.clear();
        set.add(handlers(), at(server));
        BOOST_TEST(run(client, set));
        BOOST_TEST(ends.size() == 1u);
        BOOST_TEST(ends.front().substr(0, 4) == "cli_");
        BOOST_TEST(ends.front() != "cli_stray");
        BOOST_TEST(lost == 0);
        BOOST_TEST(server.requests == 4);
        BOOST_TEST(server.connections == 2);
        BOOST_TEST(server.resumed_handshakes == 1);
    }
}

BOOST_AUTO_TEST_CASE(no_more_connections_to_a_host_than_allowed) {
    service.delay = 20ms;
    scripted_server server{[this](peer& client) { service(client); }};
    poco::event_loop client{options(), {.max_connections_per_host = 3}};
    flow_set set{client};
    for (int i = 0; i < 30; ++i) set.add(handlers(), at(server));
    BOOST_TEST(run(client, set));
    BOOST_TEST(ends.size() == 30u);
    for (const auto& end : ends) BOOST_TEST(end.substr(0, 4) == "cli_", end);
    BOOST_TEST(server.connections == 3);
}

BOOST_AUTO_TEST_CASE(the_most_recently_used_connection_goes_first) {
    std::mutex mutex;
    std::map<int, int> used;
    scripted_server server{[&](peer& client) {
        if (!client.start_tls(good)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            {
                const std::lock_guard lock{mutex};
                ++used[client.number()];
            }
            client.write(service.answer(request, client.server()));
        }
    }};
    poco::event_loop client{options()};
    flow_set set{client};
    for (int i = 0; i < 3; ++i) set.add(handlers(), at(server));
    BOOST_TEST(run(client, set));
    const std::size_t at_most = used.size();
    for (int i = 0; i < 5; ++i) {
        set.add(handlers(), at(server));
        BOOST_TEST(run(client, set));
    }
    BOOST_TEST(used.size() == at_most);
    int most = 0;
    for (const auto& [number, times] : used) most = std::max(most, times);
    BOOST_TEST(most >= 15);  // the five that ran alone used one and the same
}

BOOST_AUTO_TEST_CASE(a_proxy_is_gone_through) {
    const auto host = ca.issue({.names = "DNS:accounts.feishu.test"});
    scripted_server server{[&](peer& client) {
        client.read_until("\r\n\r\n");
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        accounts_script behind{.tls = &host};
        behind(client);
    }};
    auto http = options();
    http.proxy = "http://u:p@127.0.0.1:" + std::to_string(server.port());
    poco::event_loop client{http};
    flow_set set{client};
    registration::options opts;
    opts.domain = "https://accounts.feishu.test";
    set.add(handlers(), opts);
    BOOST_TEST(run(client, set));
    BOOST_TEST((ends == std::vector<std::string>{"cli_1"}));
}

BOOST_AUTO_TEST_CASE(timeouts_and_retries) {
    std::atomic<int> tries = 0;
    scripted_server server{[&](peer& client) {
        if (++tries == 1) return client.wait_for_close();  // a handshake that never ends
        service(client);
    }};
    auto http = options();
    http.connect_timeout = 1s;
    poco::event_loop client{http};
    flow_set set{client};
    set.add(handlers(), at(server));
    BOOST_TEST(run(client, set));
    BOOST_TEST((ends == std::vector<std::string>{"cli_1"}));
    BOOST_TEST(server.connections == 2);
}

BOOST_AUTO_TEST_CASE(a_wake_ends_the_wait) {
    poco::event_loop client{options()};
    flow_set set{client};
    std::jthread waker{[&] { client.wake(); }};
    client.run_once();  // nothing else would end it
    client.wake();
    client.wake();
    client.run_once();
}

BOOST_AUTO_TEST_CASE(what_the_set_throws_loses_no_answer) {
    struct own {};
    scripted_server server{[this](peer& client) { service(client); }};
    poco::event_loop client{options()};
    flow_set set{client};
    int thrown = 0;
    for (int i = 0; i < 10; ++i) {
        auto throws = handlers();
        throws.on_finished = [&](const auto&, const auto&) { throw own{}; };
        set.add(throws, at(server));
    }
    const auto end = steady::now() + 20s;
    while (!set.empty() && steady::now() < end) {
        try {
            client.run_once();
        } catch (const own&) {
            ++thrown;
        }
    }
    BOOST_TEST(set.empty());
    BOOST_TEST(thrown == 10);
}

BOOST_AUTO_TEST_SUITE_END()
