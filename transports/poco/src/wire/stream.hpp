// SPDX-License-Identifier: MIT
#pragma once

#include "os/sockets.hpp"
#include "wire/tls_context.hpp"

#include <lark/http.hpp>

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace lark::poco::detail {

using wire_clock = std::chrono::steady_clock;
using wire_time = wire_clock::time_point;

/// How far an operation came. Nothing here ever waits.
enum class io {
    done,        ///< it is through
    want_read,   ///< to be called again when the socket is readable
    want_write,  ///< to be called again when the socket is writable
    eof,         ///< the peer has ended the stream; over TLS by close_notify
    failed,      ///< see `failure()`
};

/// Poco's socket around a given implementation, which Poco leaves to derived classes.
class plain_socket : public Poco::Net::StreamSocket {
public:
    explicit plain_socket(Poco::Net::SocketImpl* implementation) : StreamSocket{implementation} {}
};

/// One TCP connection with TLS above it, if asked for: Poco's socket, non-blocking.
class stream {
public:
    using close_function = std::function<void()>;

    /// `before_close` is called before a socket is closed; may be empty, must not throw.
    explicit stream(close_function before_close = {});

    /// Begins a connection to one address, giving up what was open before.
    [[nodiscard]] io connect(const Poco::Net::SocketAddress& address);
    /// After `want_write` of `connect`.
    [[nodiscard]] io finish_connect();

    /// Puts TLS above the connection; then `handshake` until it is done. Throws `std::bad_alloc`.
    void start_tls(const tls_context& context, const std::string& host, SSL_SESSION* resume);
    /// `done` means that the certificate and its host name are verified.
    [[nodiscard]] io handshake(const tls_context& context, const std::string& host);

    /// `want_read` over TLS may come before the socket is empty: one call takes in no more than a bounded part of what
    /// brings no data.
    [[nodiscard]] io read(std::span<char> into, std::size_t& got);
    /// TLS has taken bytes off the socket that `read` has not handed out yet, so the socket need not become readable.
    [[nodiscard]] bool has_buffered() const noexcept { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }
    /// The peer has sent nothing and has not closed: `read` would find nothing. Costs less than trying.
    [[nodiscard]] bool is_silent() const noexcept { return !has_buffered() && has_nothing_to_read(fd()); }
    [[nodiscard]] io write(std::string_view data, std::size_t& sent);

    /// The TLS session, for the next connection to the same host; null if it cannot be resumed. To be asked for after a
    /// reply has been read: only then have the tickets of TLS 1.3 arrived.
    [[nodiscard]] session_ptr session() const;
    [[nodiscard]] bool resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }
    /// The last `connect` found no descriptor left for a socket.
    [[nodiscard]] bool out_of_descriptors() const noexcept { return out_of_descriptors_; }

    /// Sends close_notify if nothing has failed, and closes.
    void close() noexcept;

    [[nodiscard]] int fd() const { return static_cast<int>(socket_.impl()->sockfd()); }
    [[nodiscard]] const transport_failure& failure() const noexcept { return failure_; }

private:
    [[nodiscard]] int socket_error() const;
    io fail(transport_failure_kind kind, std::string detail);
    io fail(transport_failure_kind kind, int error);
    io tls_result(int rc);
    void before_openssl() noexcept;
    [[nodiscard]] std::string client_certificate_advice() const;

    close_function before_close_;
    plain_socket socket_;
    tls_socket tls_;
    ssl_ptr ssl_;
    bool open_ = false;
    bool out_of_descriptors_ = false;
    bool good_ = false;  // nothing failed: a close_notify makes sense
    transport_failure failure_;
};

}  // namespace lark::poco::detail
