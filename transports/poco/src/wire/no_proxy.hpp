// SPDX-License-Identifier: MIT
#pragma once

#include <Poco/Net/IPAddress.h>

#include <cstdint>
#include <optional>
#include <string>

namespace lark::poco::detail {

/// `host` without the trailing dot of a fully qualified name.
[[nodiscard]] std::string without_dot(const std::string& host);

/// One entry of NO_PROXY, in lower case: `*`, a name and all below it (`a.test`, `.a.test`, `*.a.test`, `a.test.`), an
/// address (`10.0.0.1`, `fd00::1`, `[fd00::1]`) or a network (`10.0.0.0/8`, `fd00::/8`, `[fd00::]/8`), each with
/// `:port` if need be. An entry that cannot be read matches nothing, as with curl.
class no_proxy_entry {
public:
    explicit no_proxy_entry(const std::string& text);

    /// `host` in lower case and without trailing dot, an IPv6 address without brackets.
    [[nodiscard]] bool matches(const std::string& host, std::uint16_t port) const;

private:
    bool any_ = false;
    std::optional<std::uint16_t> port_;
    std::optional<Poco::Net::IPAddress> network_;
    unsigned bits_ = 0;
    std::string name_;  // without what stands for the names below it
};

}  // namespace lark::poco::detail
