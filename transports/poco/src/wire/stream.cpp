// SPDX-License-Identifier: MIT
#include "wire/stream.hpp"

#include "wire/openssl_errors.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

namespace lark::poco::detail {
namespace {

/// A record has one call of the kernel, or two if its end comes late.
constexpr int reads_in_a_call = 2;

int length_of(std::size_t size) {
    return static_cast<int>(std::min(size, static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

tls_socket& socket_of(BIO* bio) { return *static_cast<tls_socket*>(BIO_get_data(bio)); }

int socket_read(BIO* bio, char* out, int size) {
    BIO_clear_flags(bio, BIO_FLAGS_IN_EOF);
    BIO_clear_retry_flags(bio);
    auto& from = socket_of(bio);
    if (from.reads_left == 0) {  // what is left keeps the socket readable
        BIO_set_retry_read(bio);
        return -1;
    }
    --from.reads_left;
    const auto got = receive_some(from.fd, out, static_cast<std::size_t>(size));
    if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    if (got >= 0) return static_cast<int>(got);
    if (would_block(error_of(got))) BIO_set_retry_read(bio);
    else from.error = error_of(got);
    return -1;
}

int socket_write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    auto& to = socket_of(bio);
    const auto sent = send_some(to.fd, data, static_cast<std::size_t>(size));
    if (sent >= 0) return static_cast<int>(sent);
    if (would_block(error_of(sent))) BIO_set_retry_write(bio);
    else to.error = error_of(sent);
    return -1;
}

long socket_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// How OpenSSL reaches the sockets of all streams. Never freed: a thread may read to the end of the process.
const BIO_METHOD* socket_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOCKET, "lark socket");
        if (made == nullptr || BIO_meth_set_read(made, socket_read) != 1 ||
            BIO_meth_set_write(made, socket_write) != 1 || BIO_meth_set_ctrl(made, socket_control) != 1)
            throw std::bad_alloc{};
        return made;
    }();
    return method;
}

/// The verdict of OpenSSL, the certificate, and advice.
std::string refusal_text(const tls_socket& of, long verdict, const tls_context& context, const std::string& host) {
    std::string text = "the certificate of " + host + " is refused: " + X509_verify_cert_error_string(verdict);
    if (!of.refused.empty()) text += " (" + of.refused + ")";
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return text + "; is the clock of this machine right?";
    case X509_V_ERR_HOSTNAME_MISMATCH:
        if (!of.has_alternative_name)
            return text + "; it has no subjectAltName, and the name in the subject does not count";
        [[fallthrough]];
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return text + "; it is for another host";
    default: return text + "; " + context.advice();
    }
}

}  // namespace

stream::stream(close_function before_close)
    : before_close_{std::move(before_close)}, socket_{new Poco::Net::StreamSocketImpl} {}

io stream::connect(const Poco::Net::SocketAddress& address) {
    close();
    // Made here and not by Poco, which would let a child process of the user inherit it.
    const int fd = new_socket(address.af());
    out_of_descriptors_ = detail::out_of_descriptors(error_of(fd));
    if (fd < 0) return fail(transport_failure_kind::connect, error_of(fd));
    try {
        socket_ = plain_socket{new Poco::Net::StreamSocketImpl{fd}};
    } catch (...) {
        close_socket(fd);
        throw;
    }
    open_ = true;
    try {
        socket_.setNoDelay(true);  // a request is one write: waiting for more gains nothing
        socket_.connectNB(address);
    } catch (const Poco::Exception& error) {
        return fail(transport_failure_kind::connect, error.code());
    }
    return io::want_write;  // Poco does not say whether it is there already
}

io stream::finish_connect() {
    // Poco's own would make an epoll descriptor for this one call.
    if (!is_writable(fd())) return io::want_write;
    const int error = socket_error();
    // Made and at once reset by the peer is not refused.
    if (was_reset(error)) return fail(transport_failure_kind::cut, error);
    if (error != 0) return fail(transport_failure_kind::connect, error);
    good_ = true;
    return io::done;
}

int stream::socket_error() const {
    try {
        return socket_.impl()->socketError();
    } catch (const Poco::Exception& error) {
        return error.code();
    }
}

void stream::start_tls(const tls_context& context, const std::string& host, SSL_SESSION* resume) {
    tls_ = tls_socket{};
    tls_.fd = fd();
    auto made = context.connect(tls_, host, resume);
    BIO* bio = BIO_new(socket_method());
    if (bio == nullptr) throw std::bad_alloc{};
    BIO_set_data(bio, &tls_);
    BIO_set_init(bio, 1);
    SSL_set_bio(made.get(), bio, bio);
    ssl_ = std::move(made);
}

void stream::before_openssl() noexcept {
    // An entry of an earlier call, which `SSL_get_error` would take for one of the next. The queue is nearly always
    // empty, and a look costs a tenth of a clear. The caller's entries are not there: see `openssl_errors`.
    if (ERR_peek_error() != 0) ERR_clear_error();
    tls_.error = 0;
    tls_.reads_left = reads_in_a_call;
}

io stream::handshake(const tls_context& context, const std::string& host) {
    before_openssl();
    const int rc = SSL_do_handshake(ssl_.get());
    if (rc == 1) {
        if ((SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0 &&
            SSL_get0_peer_certificate(ssl_.get()) == nullptr)
            return fail(transport_failure_kind::certificate, host + " showed no certificate");
        return io::done;
    }
    const int code = SSL_get_error(ssl_.get(), rc);
    if (code == SSL_ERROR_WANT_READ) return io::want_read;
    if (code == SSL_ERROR_WANT_WRITE) return io::want_write;
    if (const long verdict = SSL_get_verify_result(ssl_.get());
        code == SSL_ERROR_SSL && verdict != X509_V_OK &&
        ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        ERR_clear_error();
        return fail(transport_failure_kind::certificate, refusal_text(tls_, verdict, context, host));
    }
    if (was_reset(tls_.error)) return fail(transport_failure_kind::cut, tls_.error);
    if (code == SSL_ERROR_SYSCALL || code == SSL_ERROR_ZERO_RETURN ||
        ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ERR_clear_error();
        return fail(transport_failure_kind::cut, "the connection was closed in the TLS handshake");
    }
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_WRONG_VERSION_NUMBER) {
        ERR_clear_error();
        return fail(transport_failure_kind::tls, "the server does not use TLS on this port (wrong version number)");
    }
    return fail(transport_failure_kind::tls,
                "the TLS handshake failed: " + openssl_reason() + client_certificate_advice());
}

io stream::read(std::span<char> into, std::size_t& got) {
    got = 0;
    if (!ssl_) {
        try {
            const int n = socket_.receiveBytes(into.data(), length_of(into.size()));
            got = static_cast<std::size_t>(std::max(n, 0));
            return n < 0 ? io::want_read : n == 0 ? io::eof : io::done;
        } catch (const Poco::Exception& error) {
            return fail(transport_failure_kind::cut, error.code());
        }
    }
    before_openssl();
    const int n = SSL_read(ssl_.get(), into.data(), length_of(into.size()));
    if (n <= 0) return tls_result(n);
    got = static_cast<std::size_t>(n);
    return io::done;
}

io stream::write(std::string_view data, std::size_t& sent) {
    sent = 0;
    if (!ssl_) {
        // Poco's own asserts, where Poco is built for debugging, that the socket's buffer is not full.
        const auto n = send_some(fd(), data.data(), data.size());
        if (n < 0 && would_block(error_of(n))) return io::want_write;
        if (n < 0) return fail(transport_failure_kind::cut, error_of(n));
        sent = static_cast<std::size_t>(n);
        return io::done;
    }
    before_openssl();
    const int n = SSL_write(ssl_.get(), data.data(), length_of(data.size()));
    if (n <= 0) return tls_result(n);
    sent = static_cast<std::size_t>(n);
    return io::done;
}

io stream::tls_result(int rc) {
    switch (SSL_get_error(ssl_.get(), rc)) {
    case SSL_ERROR_WANT_READ: return io::want_read;
    case SSL_ERROR_WANT_WRITE: return io::want_write;
    case SSL_ERROR_ZERO_RETURN: return io::eof;
    default: break;
    }
    if (tls_.error != 0) return fail(transport_failure_kind::cut, tls_.error);
    // An end without close_notify may be an attacker's: it never completes a reply (RFC 8446, 6.1).
    if (ERR_peek_error() == 0 || ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ERR_clear_error();
        return fail(transport_failure_kind::cut, "the connection was closed without a close_notify of TLS");
    }
    return fail(transport_failure_kind::tls, "TLS failed: " + openssl_reason() + client_certificate_advice());
}

/// A server that gets no certificate answers with one of several alerts (RFC 8446, 4.4.2.4), or with none that says so.
std::string stream::client_certificate_advice() const {
    return tls_.certificate_wanted
               ? "; the server asks for a client certificate: give a context that has one by the option context"
               : "";
}

session_ptr stream::session() const {
    session_ptr session{ssl_ ? SSL_get1_session(ssl_.get()) : nullptr};
    if (session && SSL_SESSION_is_resumable(session.get()) != 1) session.reset();
    return session;
}

void stream::close() noexcept {
    if (ssl_ && good_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        (void)SSL_shutdown(ssl_.get());  // sends close_notify if the socket takes it; the peer's is not waited for
        ERR_clear_error();
    }
    // RFC 5246, 7.2.1: a connection that was cut does not spoil its session. OpenSSL would think so; after a failure of
    // TLS itself it has done so already.
    if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_get_shutdown(ssl_.get()) | SSL_SENT_SHUTDOWN);
    ssl_.reset();
    good_ = false;
    if (!std::exchange(open_, false)) return;
    if (before_close_) before_close_();
    socket_.close();
}

io stream::fail(transport_failure_kind kind, std::string detail) {
    good_ = false;
    failure_ = {kind, std::move(detail)};
    return io::failed;
}

io stream::fail(transport_failure_kind kind, int error) { return fail(kind, std::generic_category().message(error)); }

}  // namespace lark::poco::detail
