// SPDX-License-Identifier: MIT
#include "wire.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>

// Limits of a transport: bytes and time.
namespace lark::contract {

namespace {

using namespace std::chrono_literals;

/// Far more than the buffers of two sockets take in, so that only a client that reads gets all of it.
constexpr std::size_t much = 64 * 1024 * 1024;

/// The reply to every request begins with `head`; `piece` follows until there is `much` of it, then `tail`.
void check_that_it_is_capped(wire& on, std::string head, const std::string& piece, std::string tail) {
    const auto offered = std::make_shared<std::atomic<std::size_t>>(0);
    std::string block;
    while (block.size() < 64 * 1024) block += piece;
    on.serve([&on, offered, head = std::move(head), block, tail = std::move(tail)](test::peer& client) {
        if (!on.greet(client) || client.read_request().empty() || !client.write(head)) return;
        for (std::size_t sent = 0; sent < much; sent += block.size()) {
            *offered += block.size();
            if (!client.write(block)) return;
        }
        client.write(tail);
        client.close();
    });
    const auto result = on.run();
    BOOST_TEST(*offered < much, "all of a reply of " << much << " bytes was read");
    BOOST_TEST(result.code() == "invalid_response");
}

void body_has_a_cap(wire& on) {
    check_that_it_is_capped(on, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(much) + "\r\n\r\n", "x", "");
}

void body_until_the_close_has_a_cap(wire& on) {
    check_that_it_is_capped(on, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "x", "");
}

void body_in_chunks_has_a_cap(wire& on) {
    check_that_it_is_capped(on, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                            "400\r\n" + std::string(1024, 'x') + "\r\n", "0\r\n\r\n");
}

void headers_have_a_cap(wire& on) {
    check_that_it_is_capped(on, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "X-More: " + std::string(100, 'x') + "\r\n",
                            "\r\n{}");
}

void timeout_is_kept(wire& on) {
    on.serve([&on](test::peer& client) {
        if (on.greet(client)) client.read_request();
        client.wait_for_close();
    });
    BOOST_TEST(on.run({}, {.request_timeout = 500ms, .start_budget = 500ms}).code() == "timeout");
}

/// A timeout that restarts with each byte never ends this.
void timeout_is_for_the_whole_reply(wire& on) {
    on.serve([&on](test::peer& client) {
        if (!on.greet(client) || client.read_request().empty()) return;
        client.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (client.pause(50ms) && client.write("x")) {}
    });
    BOOST_TEST(on.run({}, {.request_timeout = 500ms, .start_budget = 500ms}).code() == "timeout");
}

void timeout_is_for_the_handshake_too(wire& on) {
    on.serve([](test::peer& client) { client.wait_for_close(); });
    BOOST_TEST(on.run({}, {.request_timeout = 500ms, .start_budget = 500ms}).code() == "timeout");
    BOOST_TEST(on.requests() == 0);
}

}  // namespace

void add_limits(std::vector<scenario>& all) {
    const auto add = [&](std::string name, void (*play)(wire&), std::chrono::seconds limit, bool needs_tls = false) {
        all.push_back({.name = std::move(name), .on_wire = play, .needs_tls = needs_tls, .limit = limit});
    };
    // A slow machine may take long for 64 MiB that a wrong transport reads.
    add("body_has_a_cap", body_has_a_cap, 60s);
    add("body_until_the_close_has_a_cap", body_until_the_close_has_a_cap, 60s);
    add("body_in_chunks_has_a_cap", body_in_chunks_has_a_cap, 60s);
    add("headers_have_a_cap", headers_have_a_cap, 60s);
    add("timeout_is_kept", timeout_is_kept, 10s);
    add("timeout_is_for_the_whole_reply", timeout_is_for_the_whole_reply, 10s);
    add("timeout_is_for_the_handshake_too", timeout_is_for_the_handshake_too, 10s, true);
}

}  // namespace lark::contract
