// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/time.hpp>

#include <string>
#include <variant>

namespace lark::fake {

/// The fate of a connection after a reply.
enum class afterwards {
    keep,   ///< it waits for the next request
    close,  ///< it is closed in good order
    cut,    ///< it ends at once, without close_notify
    hold,   ///< it stays open, and nothing more is said
};

/// A reply as it goes over the wire, head and all.
struct wire_reply {
    std::string bytes;
    duration delay{};
    afterwards then = afterwards::keep;
};

/// Sizes that no request here has reason to exceed.
inline constexpr std::size_t max_request_head = 32 * 1024;
inline constexpr std::size_t max_request_body = 64 * 1024;

/// A request that came whole. `url` is the request target, which starts with `/`.
struct wire_request {
    http_request request;
    bool keep_alive = true;
};

struct need_more {
    bool expects_continue = false;  ///< the client wants `100 Continue` before it sends the body (RFC 9110, 10.1.1)
};

/// Reads the start of `buffer`: a request, which is removed from it; or too little yet; or a malformed request, and the
/// reply to it.
[[nodiscard]] std::variant<wire_request, need_more, wire_reply> take_request(std::string& buffer);

/// Head and body, with Content-Length and Connection, unless `response` brings its own.
[[nodiscard]] std::string to_wire(const http_response& response, bool keep_alive);

}  // namespace lark::fake
