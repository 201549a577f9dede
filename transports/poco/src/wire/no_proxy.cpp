// SPDX-License-Identifier: MIT
#include "wire/no_proxy.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

namespace lark::poco::detail {
namespace {

using Poco::Net::IPAddress;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number value = 0;
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && at == end ? std::optional{value} : std::nullopt;
}

/// An entry in its parts: `host/bits:port`, the brackets taken off. Bits and port may be missing.
struct entry_parts {
    std::string host;
    std::optional<std::string> bits;
    std::optional<std::string> port;
};

std::optional<std::string> cut_off(std::string& text, char sign) {
    const auto at = text.rfind(sign);
    if (at == std::string::npos) return {};
    auto rest = text.substr(at + 1);
    text.resize(at);
    return rest;
}

entry_parts take_apart(std::string text) {
    entry_parts result;
    IPAddress whole;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string::npos) return result;
        auto rest = text.substr(close + 1);
        result.host = text.substr(1, close - 1);
        result.bits = cut_off(result.host, '/');
        result.port = cut_off(rest, ':');
        if (auto bits = cut_off(rest, '/')) result.bits = std::move(bits);
        return result;
    }
    if (auto bits = cut_off(text, '/')) {  // the colons of an IPv6 address stand before it
        result.port = cut_off(*bits, ':');
        result.bits = std::move(bits);
    } else if (!IPAddress::tryParse(text, whole)) {
        result.port = cut_off(text, ':');
    }
    result.host = std::move(text);
    return result;
}

}  // namespace

std::string without_dot(const std::string& host) {
    return host.size() > 1 && host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

no_proxy_entry::no_proxy_entry(const std::string& text) : any_{text == "*"} {
    const auto [host, bits, port] = take_apart(text);
    if (port && !(port_ = number_in<std::uint16_t>(*port))) return;
    IPAddress address;
    if (!IPAddress::tryParse(host, address)) {
        if (!bits) name_ = without_dot(host.substr(std::min(host.find_first_not_of("*."), host.size())));
        return;
    }
    const auto all = static_cast<unsigned>(address.length()) * 8;
    const auto length = bits ? number_in<unsigned>(*bits) : all;
    if (!length || *length > all) return;
    bits_ = *length;
    network_ = address;
}

bool no_proxy_entry::matches(const std::string& host, std::uint16_t port) const {
    if (any_) return true;
    if (port_ && *port_ != port) return false;
    if (IPAddress address; IPAddress::tryParse(host, address)) {
        if (!network_ || network_->family() != address.family()) return false;
        const IPAddress mask{bits_, address.family()};
        return (*network_ & mask) == (address & mask);
    }
    if (name_.empty() || !host.ends_with(name_)) return false;
    return host.size() == name_.size() || host[host.size() - name_.size() - 1] == '.';
}

}  // namespace lark::poco::detail
