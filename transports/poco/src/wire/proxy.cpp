#include "wire/proxy.hpp"

#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/NumberParser.h>
#include <Poco/String.h>
#include <Poco/StringTokenizer.h>
#include <Poco/URI.h>

#include <algorithm>
#include <sstream>

namespace lark::poco::detail {
namespace {

using Poco::Net::IPAddress;
using registration::invalid_option;

std::string base64(const std::string& text) {
    std::ostringstream out;
    Poco::Base64Encoder encoder{out};
    encoder.rdbuf()->setLineLength(0);
    encoder << text;
    encoder.close();
    return out.str();
}

std::string decoded(const std::string& text) {
    std::string result;
    Poco::URI::decode(text, result);
    return result;
}

bool has_http_scheme(const std::string& text) {
    const auto end = text.find("://");
    return end == std::string::npos || Poco::icompare(text.substr(0, end), "http") == 0;
}

/// `source` says where the text came from, since the option may be left alone and the environment be wrong; `name` is how a
/// complaint begins. The text itself is not repeated: it may hold a password.
proxy parse_proxy(const std::string& text, const std::string& name, const std::string& source) {
    const auto refuse = [&](const std::string& why) { throw invalid_option{"proxy", name + " " + why}; };
    const std::string form = "must be http://[user:password@]host[:port]";
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; })) refuse(form);
    const auto scheme_end = text.find("://");
    try {
        const Poco::URI uri{scheme_end == std::string::npos ? "http://" + text : text};
        if (uri.getScheme() != "http") refuse("must be an http:// proxy; others are not supported");
        const bool bare =
            (uri.getPath().empty() || uri.getPath() == "/") && uri.getRawQuery().empty() && uri.getFragment().empty();
        const bool odd_host = uri.getHost().empty() || uri.getHost().find('@') != std::string::npos;
        if (odd_host || uri.getPort() == 0 || !bare) refuse(form);
        proxy result{{false, Poco::toLower(uri.getHost()), uri.getPort()}, {}, {}};
        result.shown = "the proxy http://" + host_and_port(result.where) + " (" + source + ")";
        // Raw: a colon may be part of the password, and a percent-encoded one part of the user's name.
        const auto begin = scheme_end == std::string::npos ? 0 : scheme_end + 3;
        const auto end = text.find_first_of("/?#", begin);
        const auto at = text.substr(begin, end == std::string::npos ? end : end - begin).rfind('@');
        if (at != std::string::npos) {
            const auto info = text.substr(begin, at);
            const auto colon = info.find(':');
            const auto user = decoded(info.substr(0, colon));
            const auto password = colon == std::string::npos ? std::string{} : decoded(info.substr(colon + 1));
            if (user.find(':') != std::string::npos)
                refuse("has a user name with a colon, which Basic authentication cannot carry");
            result.authorization = "Basic " + base64(user + ":" + password);
        }
        return result;
    } catch (const Poco::Exception&) {
        refuse(form);
    }
    return {};
}

proxy from_environment(const variable& said) {
    const auto source = "environment " + said.name;
    return parse_proxy(said.value, source, source);
}

/// `10.0.0.0/8`: whether `address` lies in it.
bool in_network(const std::string& network, const IPAddress& address) {
    const auto slash = network.find('/');
    IPAddress base;
    unsigned bits = 0;
    if (!IPAddress::tryParse(network.substr(0, slash), base) || base.family() != address.family()) return false;
    if (!Poco::NumberParser::tryParseUnsigned(network.substr(slash + 1), bits)) return false;
    if (bits > static_cast<unsigned>(base.length()) * 8) return false;
    const IPAddress mask{bits, base.family()};
    return (base & mask) == (address & mask);
}

constexpr const char* unknown_proxy_advice =
    "; is the proxy's host spelled right there, and does this machine's DNS know it?";

/// What to do when the resolver is sure: no later try would help.
std::string unknown_host_advice(const endpoint& where) {
    return std::string{
               "; is the host spelled right in the option domain or lark_domain, and does this machine's DNS know it? "
               "No proxy was used: one is named by the option proxy, or by "} +
           (where.tls ? "HTTPS_PROXY" : "ALL_PROXY") + " in the environment";
}

}  // namespace

proxy_rules::proxy_rules(const http_options& options, const environment& env) {
    if (options.proxy) {
        if (!options.proxy->empty()) https_ = http_ = parse_proxy(*options.proxy, "proxy", "option proxy");
    } else {
        // A variable for a scheme says nothing of the other one; ALL_PROXY speaks for both. Where HTTPS_PROXY is there, one of
        // a kind that is not spoken here is for other programs (`all_proxy=socks5://…` beside `https_proxy=http://…`).
        if (env.https_proxy) https_ = from_environment(*env.https_proxy);
        if (env.all_proxy && (!https_ || has_http_scheme(env.all_proxy->value)))
            http_ = from_environment(*env.all_proxy);
        if (!https_) https_ = http_;
    }
    const std::string list = options.no_proxy ? *options.no_proxy : env.no_proxy ? env.no_proxy->value : std::string{};
    const Poco::StringTokenizer entries{list, ", \t",
                                        Poco::StringTokenizer::TOK_IGNORE_EMPTY | Poco::StringTokenizer::TOK_TRIM};
    for (const auto& entry : entries) no_proxy_.push_back(Poco::toLower(entry));
}

const proxy* proxy_rules::find(const endpoint& where) const {
    const auto& candidate = where.tls ? https_ : http_;
    return candidate && !is_loopback(where.host) && !excluded(where) ? &*candidate : nullptr;
}

bool proxy_rules::excluded(const endpoint& where) const {
    IPAddress address;
    const bool literal = IPAddress::tryParse(where.host, address);
    const auto port = ":" + std::to_string(where.port);
    for (std::string entry : no_proxy_) {
        if (entry == "*") return true;
        IPAddress other;
        if (literal && entry.find('/') != std::string::npos && in_network(entry, address)) return true;
        if (!IPAddress::tryParse(entry, other)) {  // an IPv6 address has colons that are no port
            const auto colon = entry.rfind(':');
            if (colon != std::string::npos) {
                if (entry.substr(colon) != port) continue;
                entry.resize(colon);
            }
            if (entry.size() > 2 && entry.front() == '[' && entry.back() == ']')
                entry = entry.substr(1, entry.size() - 2);
        }
        if (literal) {
            if (IPAddress::tryParse(entry, other) && other == address) return true;
            continue;
        }
        const auto name = entry.substr(std::min(entry.find_first_not_of("*."), entry.size()));
        if (name.empty()) continue;
        if (where.host == name) return true;
        if (where.host.size() > name.size() &&
            where.host.compare(where.host.size() - name.size(), name.size(), name) == 0 &&
            where.host[where.host.size() - name.size() - 1] == '.')
            return true;
    }
    return false;
}

transport_failure resolver_failure(const proxy_rules& proxies, const endpoint& where, transport_failure why) {
    const auto* proxy = proxies.find(where);
    const bool sure = why.kind == transport_failure_kind::name_unknown;
    if (proxy != nullptr && sure) why.kind = transport_failure_kind::proxy;
    why.detail = "resolving " + (proxy != nullptr ? proxy->shown : where.host) + ": " + why.detail;
    if (sure) why.detail += proxy != nullptr ? unknown_proxy_advice : unknown_host_advice(where);
    return why;
}

}  // namespace lark::poco::detail
