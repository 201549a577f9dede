// SPDX-License-Identifier: MIT
#include "base/option_errors.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

namespace lark {
namespace {

std::string text_of(const std::vector<option_error>& errors) {
    std::string text;
    for (const auto& error : errors) text.append(text.empty() ? "" : "; ").append(error.text());
    return text;
}

}  // namespace

std::string option_error::text() const {
    auto text = option;
    if (index) text.append(1, '[').append(std::to_string(*index)).append(1, ']');
    return text.append(1, ' ').append(what);
}

invalid_option::invalid_option(std::vector<option_error> errors)
    : std::invalid_argument(text_of(errors)),
      errors_(std::make_shared<const std::vector<option_error>>(std::move(errors))) {}

invalid_option::invalid_option(std::string option, std::string what)
    : invalid_option(std::vector<option_error>{{std::move(option), {}, std::move(what)}}) {}

invalid_option::~invalid_option() = default;

namespace base {
namespace {

std::string in_lower_case(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = lower_case(c);
    return out;
}

/// A path with a segment that a server or a proxy on the way may rewrite is not one address, but several.
std::optional<std::string> check_path(std::string_view path) {
    if (ascii_only(path) != path) return "must have a path of ASCII characters; write others as %XX";
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        if (segment == "." || segment == "..") return "must not contain '.' or '..' in its path";
        if (segment.empty() && !path.empty()) return "must not contain '//' in its path";
    }
    return {};
}

}  // namespace

std::optional<std::string_view> check_text(std::string_view text, text_rule rule) {
    if (text.empty()) return "must be a non-empty string";
    if (!is_valid_utf8(text)) return "must be valid UTF-8";
    if (text.find('\0') != std::string_view::npos) return "must not contain a NUL character";
    if (rule == text_rule::one_line && has_control(text)) return "must not contain control characters";
    return {};
}

std::optional<std::string> check_domain(const std::string& domain, bool allow_plain_http, std::string_view example) {
    const auto url = split_url(domain);
    if (!url) return "must be a URL of scheme and host, such as " + std::string{example};
    const bool https = equals_ignoring_case(url->scheme, "https");
    if (!https && !equals_ignoring_case(url->scheme, "http")) return "must begin with https://";
    if (url->has_user_info) return "must not contain user info";
    if (url->has_query) return "must not contain a query";
    if (url->has_fragment) return "must not contain a fragment";
    if (auto fault = check_path(url->path)) return fault;
    if (url->host.find_first_of("%~") != std::string_view::npos || ascii_only(url->host) != url->host)
        return "must name its host in ASCII letters, digits, '-', '.' and '_'";
    if (!https && !allow_plain_http && !is_loopback_host(url->host))
        return "must use https: plain http is for loopback hosts only, unless allow_plain_http is set";
    return {};
}

std::string base_url_of(const std::string& domain) {
    const auto url = *split_url(domain);
    const auto scheme = in_lower_case(url.scheme);
    auto out = scheme + "://" + in_lower_case(url.host);
    const std::string_view standard_port = scheme == "https" ? "443" : "80";
    auto port = url.port;
    while (port.starts_with('0')) port.remove_prefix(1);
    if (url.has_port && port != standard_port) out += ':' + std::string{port};
    auto path = url.path;
    if (path.ends_with('/')) path.remove_suffix(1);
    return out.append(path);
}

}  // namespace base
}  // namespace lark
