// SPDX-License-Identifier: MIT
#include "wire/endpoint.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include <algorithm>
#include <stdexcept>

namespace lark::poco::detail {

std::string host_and_port(const endpoint& where) {
    const bool v6 = where.host.find(':') != std::string::npos;
    return (v6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

bool is_loopback(std::string_view host) {
    if (host == "localhost") return true;
    Poco::Net::IPAddress address;
    return Poco::Net::IPAddress::tryParse(std::string{host}, address) && address.isLoopback();
}

target parse_url(const std::string& url) {
    const auto refuse = [] {
        throw std::invalid_argument{"the URL of a request must be an absolute http or https URL"};
    };
    if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; })) refuse();
    try {
        const Poco::URI uri{url};
        const bool tls = uri.getScheme() == "https";
        if ((!tls && uri.getScheme() != "http") || uri.getHost().empty() || !uri.getUserInfo().empty()) refuse();
        target result{{tls, Poco::toLower(uri.getHost()), uri.getPort()}, {}, {}};
        auto& host = result.where.host;
        if (host.find('%') != std::string::npos) refuse();  // a scope is this machine's business, and in no certificate
        // `127.1` and `0x7f.1` are addresses to some and names to others; from here on there is one form.
        if (Poco::Net::IPAddress address; Poco::Net::IPAddress::tryParse(host, address)) host = address.toString();
        result.host = host_and_port(result.where);
        // RFC 9110, 7.2: the port only where it is not the scheme's own.
        if (result.where.port == (tls ? 443 : 80)) result.host.resize(result.host.rfind(':'));
        // Poco would decode the path and encode it again; it is sent byte for byte.
        const auto begin = url.find_first_of("/?#", url.find("://") + 3);
        if (begin != std::string::npos) result.path = url.substr(begin, url.find('#', begin) - begin);
        if (result.path.empty() || result.path.front() != '/') result.path.insert(0, 1, '/');
        return result;
    } catch (const Poco::Exception&) {
        refuse();
    }
    return {};
}

}  // namespace lark::poco::detail
