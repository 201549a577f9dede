// SPDX-License-Identifier: MIT
// One stream by itself: however much a peer has sent, one call takes a bounded part of it, and its owner sees to the
// time.
#include "wire/stream.hpp"
#include "client_fixture.hpp"
#include "os/environment.hpp"

#include <poll.h>
#include <sys/ioctl.h>

#include <string>

using namespace lark;
using namespace lark::test;
using namespace lark::poco::detail;

namespace {

/// More than one call takes, and less than fits between two sockets without a reader.
constexpr std::size_t flood_size = 48'000;

int unread_bytes(const stream& of) {
    int count = 0;
    BOOST_TEST_REQUIRE(::ioctl(of.fd(), FIONREAD, &count) == 0);
    return count;
}

void wait_for(const stream& of, short what) {
    pollfd ready{of.fd(), what, 0};
    BOOST_TEST_REQUIRE(::poll(&ready, 1, 10'000) == 1);
}

void wait_for_flood(const stream& of) {
    const auto end = steady::now() + 10s;
    while (unread_bytes(of) < static_cast<int>(flood_size) && steady::now() < end) wait_for(of, POLLIN);
    BOOST_TEST_REQUIRE(unread_bytes(of) >= static_cast<int>(flood_size));
}

struct fixture : tls_fixture {
    void connect(const scripted_server& server) {
        io result = client.connect(Poco::Net::SocketAddress{"127.0.0.1", server.port()});
        while (result == io::want_write) {
            wait_for(client, POLLOUT);
            result = client.finish_connect();
        }
        BOOST_TEST_REQUIRE((result == io::done));
        client.start_tls(context, "127.0.0.1", nullptr);
    }

    tls_context context{options(), environment{}};
    stream client;
};

int update_key(SSL* ssl) { return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_stream, fixture)

BOOST_AUTO_TEST_CASE(one_read_takes_a_part_of_a_flood_without_data) {
    for (const auto& message : {update_key, SSL_new_session_ticket}) {
        scripted_server server{[&](peer& at) {
            if (!at.start_tls(good, TLS1_3_VERSION) || at.read_until("x").empty()) return;
            at.write_messages(message, flood_size);
            at.wait_for_close();
        }};
        connect(server);
        for (io result{}; (result = client.handshake(context, "127.0.0.1")) != io::done;) {
            BOOST_TEST_REQUIRE((result == io::want_read));
            wait_for(client, POLLIN);
        }
        std::size_t count = 0;
        BOOST_TEST((client.write("x", count) == io::done));
        wait_for_flood(client);

        const int before = unread_bytes(client);
        char byte = 0;
        BOOST_TEST((client.read({&byte, 1}, count) == io::want_read));
        const int after = unread_bytes(client);
        BOOST_TEST(after < before);
        BOOST_TEST(after > before / 4);
        client.close();
    }
}

BOOST_AUTO_TEST_CASE(one_step_of_the_handshake_takes_a_part_of_a_flood_without_progress) {
    // RFC 5246, 7.4.1.1: a client inside a handshake ignores HelloRequest, which is this type and an empty length.
    const std::string requests = tls_record('\x16', std::string(16'000, '\0'));
    std::string flood;
    while (flood.size() < flood_size) flood += requests;
    scripted_server server{[&](peer& at) {
        at.write(flood);
        at.wait_for_close();
    }};
    connect(server);
    wait_for_flood(client);
    const int before = unread_bytes(client);
    BOOST_TEST((client.handshake(context, "127.0.0.1") == io::want_read));
    const int after = unread_bytes(client);
    BOOST_TEST(after < before);
    BOOST_TEST(after > before / 4);
}

BOOST_AUTO_TEST_SUITE_END()
