// SPDX-License-Identifier: MIT
#pragma once

#include "os/environment.hpp"

#include <lark/poco/http_options.hpp>

#include <Poco/Net/Context.h>

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace lark::poco::detail {

struct ssl_deleter {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;
using session_ptr = std::unique_ptr<SSL_SESSION, ssl_deleter>;

/// A socket beneath OpenSSL, and what came of the certificate. Must outlive the `SSL` that was made for it.
struct tls_socket {
    int fd = -1;
    int error = 0;  ///< the system's number for the last failure of the socket; 0 if there was none
    /// How often OpenSSL may still turn to the kernel for bytes before the call into it has to return. Some messages
    /// bring neither data nor progress, and it would go on for as long as a peer sends them.
    int reads_left = 0;
    /// Whose certificate failed the verification; empty if none did, or if the user's context does the verifying.
    std::string refused;
    bool has_alternative_name = true;  ///< whether that certificate has a subjectAltName
    bool certificate_wanted = false;   ///< the server asked for a client certificate; only with our own context
};

/// The state that all TLS connections of a client share: the Poco context, and whom to trust.
///
/// Why OpenSSL's own calls over Poco's context, and not `SecureStreamSocketImpl`: that class writes through OpenSSL's
/// socket BIO, which raises SIGPIPE in the user's process when the peer has closed; its SSL object is private, so the
/// host name cannot be made part of the handshake's own verification, nor TLS 1.2 be required without a change to the
/// user's context; and an `InvalidCertificateHandler` belongs to a context, so it cannot say which of many connections
/// it speaks of.
///
/// Threads: constant after construction; shared by all.
class tls_context {
public:
    /// Throws `registration::invalid_option`.
    tls_context(const http_options& options, const environment& env);

    /// A client's end of TLS for the socket `over`; the caller puts a BIO of that socket beneath it. `host` goes out as
    /// SNI and must be in the certificate. `resume` may be null. Throws `std::bad_alloc`.
    [[nodiscard]] ssl_ptr connect(tls_socket& over, const std::string& host, SSL_SESSION* resume) const;

    /// Which option helps if a certificate is not trusted; for texts.
    [[nodiscard]] const std::string& advice() const noexcept { return advice_; }

private:
    std::string advice_;  // set with the context
    Poco::Net::Context::Ptr context_;
    bool own_;  // made here, not given by the user
};

}  // namespace lark::poco::detail
