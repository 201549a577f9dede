// SPDX-License-Identifier: MIT
#pragma once

#include <lark/poco/context_ptr.hpp>
#include <lark/registration/options.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace lark::poco {

/// Options of the wire. Aggregate: `{.ca_file = "/etc/corp/ca.pem"}`. Checked where a client is made; a wrong option is
/// reported as `registration::invalid_option` with the option's name.
///
/// The environment is read once for each client, and not at all in a set-user-ID process: `HTTPS_PROXY`, `https_proxy`,
/// `ALL_PROXY`, `all_proxy`, `NO_PROXY`, `no_proxy`, `SSL_CERT_FILE`, `SSL_CERT_DIR`.
struct http_options {
    /// For resolving, connecting, the proxy's answer and the TLS handshake together; never longer than the request's
    /// own timeout. Up to one hour. The next address of a host begins 250 ms after the one before, while that still
    /// connects, or at once when it has failed (RFC 8305).
    std::chrono::milliseconds connect_timeout{5'000};

    /// PEM file with the certificates to trust, instead of the system's. Without it and `ca_dir`: `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` (a list with `:`), each instead of the system's file and folder; what they name and is not there
    /// is skipped. A certificate in the file need not be a root: the issuing CA is enough.
    std::string ca_file{};

    /// Folder with the certificates to trust, hashed by `openssl rehash`, instead of the system's.
    std::string ca_dir{};

    /// HTTP proxy to go through with CONNECT: `http://[user:password@]host[:port]`, or `host:port`; the port is 80 if
    /// left out. All but letters and digits in user and password are percent-encoded. Unset: from the environment,
    /// where a proxy that cannot be used fails the request that would use it, and `ALL_PROXY` of another kind
    /// (`socks5://…`) is ignored if there is an `HTTPS_PROXY`. Empty: none. Loopback hosts are always reached directly.
    std::optional<std::string> proxy{};

    /// Hosts to be reached past the proxy, separated by commas: `example.com` (and all below it), an address, a network
    /// as `10.0.0.0/8` or `[2001:db8::]/32`, each with `:port` if need be, or `*`. Unset: from the environment.
    std::optional<std::string> no_proxy{};

    /// A `Poco::Net::Context::Ptr` of the caller, for client use, instead of the one made here: client certificates,
    /// other roots, another `InvalidCertificateHandler`. The caller's settings hold, except that TLS older than 1.2 is
    /// never spoken and that the host name is always checked, even by `VERIFY_RELAXED`; only `VERIFY_NONE` switches all
    /// checks off. Not together with `ca_file` or `ca_dir`.
    context_ptr context{};

    /// The header `User-Agent`. Empty: `lark-registration-cpp/<version>`.
    std::string user_agent{};

    /// Longest body of a reply, in bytes.
    std::size_t max_body = 256 * 1024;

    /// Longest head of a reply, in bytes: status line and headers together, interim replies included.
    std::size_t max_headers = 32 * 1024;
};

}  // namespace lark::poco
