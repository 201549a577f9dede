// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The types of the seam: requests out, replies and failures in. Every type here owns its strings.
namespace lark {

/// A header of a request or a reply.
struct http_header {
    std::string name;   ///< in any case: names are compared without regard to it
    std::string value;  ///< without the blanks around it

    friend bool operator==(const http_header&, const http_header&) = default;
};

/// A request to perform exactly once, but for what `idempotent` allows. `url` is absolute (`http` or `https`); `body`
/// and the values of `headers` may hold secrets and are not for logs.
struct http_request {
    std::string method = "POST";       ///< in capitals
    std::string url;                   ///< absolute: `http` or `https`
    std::vector<http_header> headers;  ///< in full, but for Host, Content-Length and what belongs to the connection
    std::string body;                  ///< sent as it is; empty: none
    std::chrono::milliseconds timeout{15'000};  ///< for the whole exchange, from now to the last byte of the reply
    /// The service may act on it twice without harm (RFC 9110, 9.2.2). Only then may a transport send it once more, on
    /// a fresh connection, when a kept one turns out to have been closed before any byte of the reply.
    bool idempotent = false;

    friend bool operator==(const http_request&, const http_request&) = default;
};

/// A reply that arrived whole, whatever its status. Redirects are never followed, so 3xx appears here too.
struct http_response {
    int status = 0;                    ///< 100 to 999; interim 1xx replies are skipped by the transport
    std::vector<http_header> headers;  ///< as they came, in their order
    std::string body;                  ///< transfer coding removed, content coding not

    friend bool operator==(const http_response&, const http_response&) = default;
};

/// Why no whole reply arrived. The core decides by this alone whether to try again (protocol.md, sections 2 and 3).
enum class transport_failure_kind : std::uint8_t {
    name_unknown,    ///< the resolver is sure: there is no such host
    name_temporary,  ///< the resolver could not say now
    connect,         ///< refused, unreachable
    timeout,         ///< connecting, handshake or exchange took too long
    cut,             ///< the connection ended before the reply was complete
    certificate,     ///< the peer's certificate is not trusted, expired, or for another host
    tls,             ///< the handshake failed for another reason
    proxy,           ///< the proxy refused, or its address is unusable
    protocol,        ///< the peer does not speak HTTP
    too_large,       ///< the reply is over a cap
};

/// The name of the enumerator, for texts.
[[nodiscard]] LARK_EXPORT std::string_view to_string(transport_failure_kind kind) noexcept;

/// Why there is no whole reply.
struct transport_failure {
    transport_failure_kind kind = transport_failure_kind::connect;  ///< decides whether it is tried again
    /// For people: what was tried and what the system said, causes included. Holds no secret: no body, no token, no
    /// user info of a proxy. Kept up to 1 KiB.
    std::string detail;
    /// With kind `cut`: the connection was kept open after an earlier exchange and ended before any byte of this reply.
    /// The service may have read the request. A poll is then tried again after one interval (protocol.md, section 3).
    bool on_kept_connection = false;
    /// With kind `too_large`: the status of the reply, if it has been read; else 0.
    int http_status = 0;

    friend bool operator==(const transport_failure&, const transport_failure&) = default;
};

/// The origin of an absolute URL, `scheme://host[:port]`, as it is spelt there; a view into `url`. From any thread.
[[nodiscard]] LARK_EXPORT std::string_view origin_of(std::string_view url) noexcept;

using http_result = std::variant<http_response, transport_failure>;  ///< the result of a request

/// The value of the first header of that name, in any case; a view into `headers`. From any thread.
[[nodiscard]] LARK_EXPORT std::optional<std::string_view> find_header(const std::vector<http_header>& headers,
                                                                      std::string_view name) noexcept;

}  // namespace lark
