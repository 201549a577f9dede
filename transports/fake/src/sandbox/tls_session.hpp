// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace lark::fake {

/// The server's end of a TLS connection without a socket: bytes of the wire go in and come out. That leaves every wait
/// to the event loop, and every write to a socket call that raises no SIGPIPE.
class tls_session {
public:
    /// Throws `std::bad_alloc`.
    explicit tls_session(SSL_CTX* context);

    /// Takes in what came from the wire; appends what it says to `plain`, and what must be sent now to `wire`. False:
    /// the connection cannot be used any more, or the peer has sent close_notify (then `wire` may hold an alert).
    [[nodiscard]] bool receive(std::string_view bytes, std::string& plain, std::string& wire);
    /// Appends `plain`, encrypted, to `wire`. Only after the handshake.
    [[nodiscard]] bool send(std::string_view plain, std::string& wire);
    /// Says that no more will be sent.
    void close(std::string& wire);

    [[nodiscard]] bool established() const noexcept;

private:
    void take_output(std::string& wire);

    struct deleter {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    std::unique_ptr<SSL, deleter> ssl_;
    BIO* from_wire_;  // owned by ssl_
    BIO* to_wire_;    // owned by ssl_
};

}  // namespace lark::fake
