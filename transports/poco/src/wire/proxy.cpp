// SPDX-License-Identifier: MIT
#include "wire/proxy.hpp"

#include "base/ascii.hpp"

#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/StringTokenizer.h>
#include <Poco/URI.h>

#include <algorithm>
#include <sstream>
#include <string_view>

namespace lark::poco::detail {
namespace {

using registration::invalid_option;

std::string base64(const std::string& text) {
    std::ostringstream out;
    Poco::Base64Encoder encoder{out};
    encoder.rdbuf()->setLineLength(0);
    encoder << text;
    encoder.close();
    return out.str();
}

bool has_http_scheme(const std::string& text) {
    const auto end = text.find("://");
    return end == std::string::npos || Poco::icompare(text.substr(0, end), "http") == 0;
}

/// `source` says where the text came from, since the option may be left alone and the environment be wrong; `name` is
/// how a complaint begins. The text itself is not repeated: it may hold a password.
proxy parse_proxy(const std::string& text, const std::string& name, const std::string& source) {
    const auto refuse = [&](const std::string& why) { throw invalid_option{name, why}; };
    const std::string form =
        "must be http://[user:password@]host[:port]; percent-encode all but letters and digits in user and password";
    const auto scheme_end = text.find("://");
    if (scheme_end != std::string::npos && Poco::icompare(text.substr(0, scheme_end), "http") != 0)
        refuse(
            "must be an http:// proxy; others are not supported. An empty option proxy goes without one, and many "
            "programs with "
            "a SOCKS port speak HTTP too, Clash on its mixed port");
    // The user info is taken apart here: a colon may be part of the password, a percent-encoded one part of the user's
    // name.
    const auto begin = scheme_end == std::string::npos ? 0 : scheme_end + 3;
    const auto end = std::min(text.find_first_of("/?#", begin), text.size());
    const auto at = text.substr(begin, end - begin).rfind('@');
    const auto host = at == std::string::npos ? begin : begin + at + 1;
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; })) refuse(form);
    try {
        const Poco::URI uri{"http://" + text.substr(host)};
        const bool bare =
            (uri.getPath().empty() || uri.getPath() == "/") && uri.getRawQuery().empty() && uri.getFragment().empty();
        const bool odd_host = uri.getHost().empty() || uri.getHost().find('@') != std::string::npos;
        if (odd_host || uri.getPort() == 0 || !bare) refuse(form);
        proxy result;
        result.where = {false, Poco::toLower(uri.getHost()), uri.getPort()};
        result.shown = "the proxy http://" + host_and_port(result.where) + " (" + source + ")";
        if (at != std::string::npos) {
            const auto info = std::string_view{text}.substr(begin, at);
            const auto colon = std::min(info.find(':'), info.size());
            const auto user = base::percent_decode(info.substr(0, colon));
            const auto password = base::percent_decode(info.substr(std::min(colon + 1, info.size())));
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

/// A variable that is wrong may be meant for other programs. The request that would use it fails; the client is made.
proxy from_environment(const variable& said) {
    const auto source = "environment " + said.name;
    try {
        return parse_proxy(said.value, source, source);
    } catch (const invalid_option& error) {
        proxy unusable;
        unusable.shown = "the proxy of " + source;
        unusable.fault = error.what();
        return unusable;
    }
}

constexpr const char* unknown_proxy_advice =
    "; is the proxy's host spelled right there, and does this machine's DNS know it?";

/// Advice for a host that does not exist: no later try would help.
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
        // A variable for a scheme says nothing of the other one; ALL_PROXY is for both. Where HTTPS_PROXY is set, an
        // ALL_PROXY of a kind that is not supported here (`socks5://…`) is for other programs.
        if (env.https_proxy) https_ = from_environment(*env.https_proxy);
        if (env.all_proxy && (!https_ || has_http_scheme(env.all_proxy->value)))
            http_ = from_environment(*env.all_proxy);
        if (!https_) https_ = http_;
    }
    const std::string list = options.no_proxy ? *options.no_proxy : env.no_proxy ? env.no_proxy->value : std::string{};
    const Poco::StringTokenizer entries{list, ", \t",
                                        Poco::StringTokenizer::TOK_IGNORE_EMPTY | Poco::StringTokenizer::TOK_TRIM};
    for (const auto& entry : entries) no_proxy_.emplace_back(Poco::toLower(entry));
}

const proxy* proxy_rules::find(const endpoint& where) const {
    const auto& candidate = where.tls ? https_ : http_;
    if (!candidate) return nullptr;
    const auto host = without_dot(where.host);
    const bool direct = is_loopback(host) || std::any_of(no_proxy_.begin(), no_proxy_.end(), [&](const auto& entry) {
                            return entry.matches(host, where.port);
                        });
    return direct ? nullptr : &*candidate;
}

std::optional<transport_failure> proxy_failure(const proxy* through) {
    if (through == nullptr || through->fault.empty()) return {};
    return transport_failure{transport_failure_kind::proxy, through->fault};
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
