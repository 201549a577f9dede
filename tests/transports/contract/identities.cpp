// SPDX-License-Identifier: MIT
#include "wire.hpp"

#include <openssl/ssl.h>

#include <boost/test/unit_test.hpp>

// The peers that a transport accepts: TLS 1.2 or newer, a trusted certificate, the right host (protocol.md, section 7).
namespace lark::contract {

namespace {

/// A server with that certificate, which is honest if the client accepts it.
void serve_as(wire& on, const test::identity& who, int max_version = 0) {
    on.serve([who, max_version](test::peer& client) {
        if (client.start_tls(who, max_version)) answer_honestly(client);
    });
}

void check_that_it_refuses(wire& on) {
    const auto result = on.run();
    BOOST_TEST(on.requests() == 0, "a request was sent to a server that is not proved to be the right one");
    BOOST_TEST(result.failure.has_value());
}

test::identity untrusted() { return test::authority{"another authority"}.issue(); }
test::identity of_another_host(const wire& on) { return on.trusted().issue({.names = "DNS:evil.test,IP:127.0.0.9"}); }
test::identity expired(const wire& on) { return on.trusted().issue({.from_days = -10, .to_days = -1}); }

void certificate_is_verified(wire& on) {
    serve_as(on, untrusted());
    check_that_it_refuses(on);
}

void certificate_is_in_date(wire& on) {
    serve_as(on, expired(on));
    check_that_it_refuses(on);
}

void host_name_is_verified(wire& on) {
    serve_as(on, of_another_host(on));
    check_that_it_refuses(on);
}

/// A retryable kind would be wrong: no retry makes this server the right one.
void certificate_error_has_its_kind(wire& on) {
    for (const auto& who : {untrusted(), expired(on), of_another_host(on)}) {
        serve_as(on, who);
        const auto result = on.run();
        BOOST_TEST(result.code() == "certificate_error",
                   "kind `certificate` is expected, the code is " << result.code());
    }
}

void tls_1_0_is_refused(wire& on) {
    serve_as(on, on.trusted().issue(), TLS1_VERSION);
    check_that_it_refuses(on);
}

void tls_1_1_is_refused(wire& on) {
    serve_as(on, on.trusted().issue(), TLS1_1_VERSION);
    check_that_it_refuses(on);
}

}  // namespace

void add_identities(std::vector<scenario>& all) {
    const auto add = [&](std::string name, void (*play)(wire&)) {
        all.push_back({.name = std::move(name), .on_wire = play, .needs_tls = true});
    };
    add("certificate_is_verified", certificate_is_verified);
    add("certificate_is_in_date", certificate_is_in_date);
    add("host_name_is_verified", host_name_is_verified);
    add("certificate_error_has_its_kind", certificate_error_has_its_kind);
    add("tls_1_0_is_refused", tls_1_0_is_refused);
    add("tls_1_1_is_refused", tls_1_1_is_refused);
}

}  // namespace lark::contract
