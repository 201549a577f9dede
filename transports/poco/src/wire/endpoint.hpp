// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

namespace lark::poco::detail {

/// Whom a connection talks to: what kept connections and TLS sessions are filed under.
struct endpoint {
    bool tls = true;
    std::string host;  ///< lower case; an address in figures in its usual form, IPv6 without brackets
    std::uint16_t port = 443;

    friend bool operator==(const endpoint&, const endpoint&) = default;
    friend bool operator<(const endpoint& a, const endpoint& b) noexcept {
        return std::tie(a.host, a.port, a.tls) < std::tie(b.host, b.port, b.tls);
    }
};

/// `host:port`, an IPv6 address in brackets.
[[nodiscard]] std::string host_and_port(const endpoint& where);

/// This machine: `localhost`, 127.0.0.0/8, ::1. Not what is below `localhost`: many resolvers ask the network for that.
[[nodiscard]] bool is_loopback(std::string_view host);

struct target {
    endpoint where;
    std::string path;  ///< path and query, byte for byte; `/` if there is none
    std::string host;  ///< the value of the header Host
};

/// Throws `std::invalid_argument` if `url` is not an absolute http or https URL. The text does not repeat the URL,
/// which may hold a secret.
[[nodiscard]] target parse_url(const std::string& url);

}  // namespace lark::poco::detail
