// SPDX-License-Identifier: MIT
#define OPENSSL_SUPPRESS_DEPRECATED  // for RAND_METHOD
#include "client_fixture.hpp"

#include <Poco/Net/AcceptCertificateHandler.h>
#include <Poco/Net/Context.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

using namespace lark;
using namespace lark::test;
using Poco::Net::Context;

namespace {

struct fixture : tls_fixture {
    /// The failure of a client with these options at a server with that certificate. `seen` is then the
    /// request that came through, if any.
    transport_failure refused(const identity& shown, poco::http_options opts, std::string host = "127.0.0.1") {
        scripted_server server{[&](peer& client) {
            if (client.start_tls(shown)) seen = client.read_request();
        }};
        seen.clear();
        poco::http_client client{std::move(opts)};
        const auto failure = failure_of(client.send(post(server.url("https", host)), {}));
        return failure;
    }
    std::string seen;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_tls, fixture)

BOOST_AUTO_TEST_CASE(names_and_addresses_are_verified) {
    for (const char* host : {"127.0.0.1", "localhost", "accounts.test"}) {
        scripted_server server{[&](peer& client) {
            if (client.start_tls(good)) echo(client);
        }};
        poco::http_client client{options()};
        BOOST_TEST(body_of(client.send(post(server.url("https", host)), {})) == "a=b");
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_host_is_refused_on_loopback_too) {
    const auto other = ca.issue({.names = "DNS:evil.test,IP:127.0.0.9"});
    for (const char* host : {"localhost", "127.0.0.1", "accounts.test"}) {
        const auto failure = refused(other, options(), host);
        BOOST_TEST((failure.kind == kind::certificate));
        BOOST_TEST(has(failure.detail, "another host"), failure.detail);
        BOOST_TEST(has(failure.detail, host), failure.detail);
        BOOST_TEST(seen.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_host_behind_a_slow_handshake_gets_no_byte) {
    const auto other = ca.issue({.names = "DNS:evil.test"});
    scripted_server server{[&](peer& client) {
        client.server().reached();
        if (client.pause(300ms) && client.start_tls(other)) seen = client.read_request();
    }};
    auto opts = options();
    opts.connect_timeout = 100ms;
    {
        poco::http_client client{opts};
        BOOST_TEST((failure_of(client.send(post(server.url("https")), {})).kind == kind::timeout));
    }
    opts.connect_timeout = 5s;
    poco::http_client client{opts};
    BOOST_TEST((failure_of(client.send(post(server.url("https")), {})).kind == kind::certificate));
    BOOST_TEST(server.requests == 0);
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(expired) {
    const auto failure = refused(ca.issue({.from_days = -10, .to_days = -1}), options());
    BOOST_TEST((failure.kind == kind::certificate));
    BOOST_TEST(has(failure.detail, "expired"), failure.detail);
    BOOST_TEST(seen.empty());
    const auto early = refused(ca.issue({.from_days = 5, .to_days = 10}), options());
    BOOST_TEST((early.kind == kind::certificate));
    BOOST_TEST(has(early.detail, "not yet valid"), early.detail);
}

BOOST_AUTO_TEST_CASE(untrusted) {
    const auto failure = refused(authority{"somebody else"}.issue(), options());
    BOOST_TEST((failure.kind == kind::certificate));
    BOOST_TEST(has(failure.detail, "unable to get local issuer certificate"), failure.detail);
    BOOST_TEST(has(failure.detail, "ca_file"), failure.detail);
    BOOST_TEST(has(failure.detail, "somebody else"), failure.detail);
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(the_systems_roots_do_not_trust_the_tests) {
    poco::http_options opts;
    opts.proxy = "";
    BOOST_TEST((refused(good, opts).kind == kind::certificate));
}

BOOST_AUTO_TEST_CASE(tls_1_1_is_not_spoken) {
    scripted_server server{[&](peer& client) { client.start_tls(good, TLS1_1_VERSION); }};
    poco::http_client client{options()};
    const auto failure = failure_of(client.send(post(server.url("https")), {}));
    BOOST_TEST((failure.kind == kind::tls), failure.detail);
    BOOST_TEST(has(failure.detail, "protocol version"), failure.detail);
}

BOOST_AUTO_TEST_CASE(tls_1_2_is_spoken) {
    scripted_server server{[&](peer& client) {
        if (client.start_tls(good, TLS1_2_VERSION)) echo(client);
    }};
    poco::http_client client{options()};
    BOOST_TEST(body_of(client.send(post(server.url("https")), {})) == "a=b");
}

BOOST_AUTO_TEST_CASE(no_tls_at_all) {
    scripted_server server{[](peer& client) {
        client.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        client.close();
        client.wait_for_close();
    }};
    poco::http_client client{options()};
    const auto failure = failure_of(client.send(post(server.url("https")), {}));
    BOOST_TEST((failure.kind == kind::tls));
    BOOST_TEST(has(failure.detail, "the server does not use TLS on this port"), failure.detail);
}

BOOST_AUTO_TEST_CASE(a_client_certificate_is_wanted) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        scripted_server server{[&](peer& client) {
            const auto ask = [](SSL* ssl) {
                SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
            };
            if (!client.start_tls(good, version, ask)) client.pause(10s);  // an RST would overtake the alert
        }};
        poco::http_client client{options()};
        const auto failure = failure_of(client.send(post(server.url("https")), {}));
        BOOST_TEST((failure.kind == kind::tls), failure.detail);
        BOOST_TEST(has(failure.detail, "client certificate"), failure.detail);
        BOOST_TEST(has(failure.detail, "option context"), failure.detail);
    }
}

BOOST_AUTO_TEST_CASE(a_name_in_the_subject_does_not_count) {
    const auto failure = refused(ca.issue({.names = "", .common_name = "localhost"}), options(), "localhost");
    BOOST_TEST((failure.kind == kind::certificate), failure.detail);
    BOOST_TEST(has(failure.detail, "subjectAltName"), failure.detail);
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(a_trailing_dot_is_in_no_certificate) {
    std::string named;
    scripted_server server{[&](peer& client) {
        if (!client.start_tls(good)) return;
        if (const char* name = SSL_get_servername(client.tls(), TLSEXT_NAMETYPE_host_name)) named = name;
        echo(client);
    }};
    {
        poco::http_client client{options()};
        BOOST_TEST(body_of(client.send(post(server.url("https", "accounts.test.")), {})) == "a=b");
    }
    BOOST_TEST(named == "accounts.test");
}

BOOST_AUTO_TEST_CASE(closed_at_accept) {
    scripted_server server{[](peer&) {}};
    poco::http_client client{options()};
    BOOST_TEST((failure_of(client.send(post(server.url("https")), {})).kind == kind::cut));
}

BOOST_AUTO_TEST_CASE(an_end_without_good_bye_completes_nothing) {
    for (const bool orderly : {false, true}) {
        scripted_server server{[&](peer& client) {
            if (!client.start_tls(good)) return;
            client.read_request();
            client.write("HTTP/1.1 200 OK\r\n\r\nhalf");
            if (orderly) client.close();
        }};
        poco::http_client client{options()};
        const auto result = client.send(post(server.url("https")), {});
        if (orderly) BOOST_TEST(body_of(result) == "half");
        else BOOST_TEST((failure_of(result).kind == kind::cut));
    }
}

BOOST_AUTO_TEST_CASE(a_session_is_resumed) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        scripted_server server{[&](peer& client) {
            if (!client.start_tls(good, version)) return;
            client.read_request();
            client.write(reply_text("x", "200 OK", "Connection: close\r\n"));
            client.close();
        }};
        poco::http_client client{options()};
        for (int i = 0; i < 3; ++i) BOOST_TEST(body_of(client.send(post(server.url("https")), {})) == "x");
        BOOST_TEST(server.full_handshakes == 1);
        BOOST_TEST(server.resumed_handshakes == 2);
    }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_may_bring_a_ticket_but_not_tickets_without_end) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{60'000}}) {
        scripted_server server{[&](peer& client) {
            if (!client.start_tls(good, TLS1_3_VERSION)) return;
            client.read_request();
            client.write(reply_text("first"));
            client.write_messages(SSL_new_session_ticket, bytes);
            client.server().reached();
            echo(client);
        }};
        poco::http_client client{options()};
        BOOST_TEST(body_of(client.send(post(server.url("https")), {})) == "first");
        BOOST_TEST(server.wait_reached());
        BOOST_TEST(body_of(client.send(post(server.url("https")), {})) == (bytes == 1 ? "a=b" : "first"));
        BOOST_TEST(server.connections == (bytes == 1 ? 1 : 2));
    }
}

/// Poco sets its part of OpenSSL up with the first context of a process, frees it with the last one, and takes no lock:
/// a client that is destroyed on its own thread while another is made could crash. OpenSSL is seeded each time.
BOOST_AUTO_TEST_CASE(pocos_part_of_openssl_is_set_up_once_for_all_clients) {
    static int times = 0;
    static RAND_METHOD counting = *RAND_OpenSSL();
    counting.seed = [](const void*, int) { return ++times; };
    { const poco::http_client first{options()}; }
    RAND_set_rand_method(&counting);
    { const poco::http_client second{options()}; }
    RAND_set_rand_method(RAND_OpenSSL());
    BOOST_TEST(times == 0);
}

BOOST_AUTO_TEST_CASE(an_own_context_decides) {
    const auto other = ca.issue({.names = "DNS:evil.test"});
    const auto with = [](Context::Ptr context) {
        poco::http_options opts;
        opts.proxy = "";
        opts.context = std::move(context);
        return opts;
    };
    // The host name is checked even where Poco's relaxed mode would not.
    Context::Ptr relaxed = new Context{Context::TLS_CLIENT_USE, ca_file.path(), Context::VERIFY_RELAXED};
    BOOST_TEST((refused(other, with(relaxed)).kind == kind::certificate));
    // Its own handler may accept what fails.
    relaxed->setInvalidCertificateHandler(new Poco::Net::AcceptCertificateHandler{false});
    Context::Ptr none = new Context{Context::TLS_CLIENT_USE, "", Context::VERIFY_NONE};
    for (const auto& context : {relaxed, none}) {
        scripted_server server{[&](peer& client) {
            if (client.start_tls(other)) echo(client);
        }};
        poco::http_client client{with(context)};
        BOOST_TEST(body_of(client.send(post(server.url("https")), {})) == "a=b");
    }
}

BOOST_AUTO_TEST_SUITE_END()
