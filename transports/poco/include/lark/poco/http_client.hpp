// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/poco/http_options.hpp>

#include <memory>

namespace lark::poco {

/// The blocking half of the seam over Poco: HTTP/1.1 over TCP or TLS, one kept connection for each host. Each call runs
/// an `event_loop` on the thread of its caller.
///
/// TLS: the certificate and its host name are verified in the handshake, before the first byte of a request. An
/// idempotent request on a kept connection that ends before any byte of the reply is sent once more on a fresh one,
/// within the same timeout: the server has closed the idle connection in that very moment. Any other is reported with
/// `on_kept_connection`. Redirects are not followed. `SIGPIPE` is never raised.
///
/// Threads: `send` may be called by several at once (each call then has connections of its own, of which those of four
/// are kept). The destructor must not run while a call does.
///
/// A kept connection is used again if it has been idle for less than 60 s and than the server allows, and is closed
/// then by the next call or the destructor: no thread runs between calls.
class LARK_EXPORT http_client final : public injected::http_client {
public:
    /// Throws `registration::invalid_option`.
    explicit http_client(const http_options& options = {});
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;
    ~http_client() override;

    /// See `injected::http_client::send`. A stop request ends it at once in every phase; a thread inside the system's
    /// resolver is then left behind, owns all it uses, and ends with the resolver's own timeout (a bounded number of
    /// them for each client). `transport_failure_kind::connect` if there are no descriptors or threads left.
    /// Throws `std::invalid_argument` for a URL, method or header that cannot be sent, and `std::bad_alloc`.
    [[nodiscard]] http_result send(const http_request& request, std::stop_token stop) override;

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace lark::poco
