#include "base/origin.hpp"

#include "base/ascii.hpp"
#include "base/url.hpp"

namespace lark::base {
namespace {

std::string in_lower_case(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = lower_case(c);
    return out;
}

}  // namespace

std::optional<std::string> check_domain(const std::string& domain, bool allow_plain_http, std::string_view example) {
    const auto url = split_url(domain);
    if (!url) return "must be a URL of scheme and host, such as " + std::string{example};
    const bool https = equals_ignoring_case(url->scheme, "https");
    if (!https && !equals_ignoring_case(url->scheme, "http")) return "must begin with https://";
    if (url->has_user_info) return "must not contain user info";
    if (url->has_query) return "must not contain a query";
    if (url->has_fragment) return "must not contain a fragment";
    if (!url->path.empty() && url->path != "/") return "must not contain a path";
    if (url->host.find_first_of("%~") != std::string_view::npos || ascii_only(url->host) != url->host)
        return "must name its host in ASCII letters, digits, '-', '.' and '_'";
    if (!https && !allow_plain_http && !is_loopback_host(url->host))
        return "must use https: plain http is for loopback hosts only, unless allow_plain_http is set";
    return {};
}

std::string origin_of(const std::string& domain) {
    const auto url = *split_url(domain);
    const auto scheme = in_lower_case(url.scheme);
    auto out = scheme + "://" + in_lower_case(url.host);
    const std::string_view standard_port = scheme == "https" ? "443" : "80";
    auto port = url.port;
    while (port.starts_with('0')) port.remove_prefix(1);
    if (url.has_port && port != standard_port) out += ':' + std::string{port};
    return out;
}

}  // namespace lark::base
