#include "registration/options.hpp"

#include "base/url.hpp"
#include "base/utf8.hpp"

#include <cmath>

namespace lark::registration {

invalid_option::invalid_option(std::string option, const std::string& message)
    : std::invalid_argument(message), option_(std::move(option)) {}

invalid_option::~invalid_option() = default;

namespace detail {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::string_view endpoint_path = "/oauth/v1/app/registration";
constexpr std::size_t source_cap = 256;

[[noreturn]] void refuse(const char* option, const std::string& rule) {
    throw invalid_option{option, std::string{option} + ' ' + rule};
}

void check_source(const std::optional<std::string>& source) {
    if (!source) return;
    if (source->empty()) refuse("source", "must be a non-empty string, or left out");
    if (!base::is_valid_utf8(*source)) refuse("source", "must be valid UTF-8");
    if (base::has_control(*source)) refuse("source", "must not contain control characters");
    if (source->size() > source_cap) refuse("source", "supports at most 256 bytes, got " + std::to_string(source->size()));
}

std::string lower_case(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// The endpoint at `domain`, in one spelling, so that two domains can be compared.
std::string endpoint_at(const char* option, const std::string& domain, bool allow_plain_http) {
    const auto url = base::split_url(domain);
    if (!url) refuse(option, "must be a URL of scheme and host, such as https://accounts.feishu.cn");
    const bool https = base::equals_ignoring_case(url->scheme, "https");
    if (!https && !base::equals_ignoring_case(url->scheme, "http")) refuse(option, "must begin with https://");
    if (url->has_user_info) refuse(option, "must not contain user info");
    if (url->has_query) refuse(option, "must not contain a query");
    if (url->has_fragment) refuse(option, "must not contain a fragment");
    if (!url->path.empty() && url->path != "/") refuse(option, "must not contain a path");
    if (url->host.find_first_of("%~") != std::string_view::npos || base::ascii_only(url->host) != url->host)
        refuse(option, "must name its host in ASCII letters, digits, '-', '.' and '_'");
    if (!https && !allow_plain_http && !base::is_loopback_host(url->host))
        refuse(option, "must use https: plain http is for loopback hosts only, unless allow_plain_http is set");

    auto out = lower_case(url->scheme) + "://" + lower_case(url->host);
    const std::string_view standard_port = https ? "443" : "80";
    if (url->has_port && url->port != standard_port) out += ':' + std::string{url->port};
    return out += endpoint_path;
}

void check_range(const char* option, milliseconds value, milliseconds longest) {
    if (value < 1ms || value > longest)
        refuse(option, "must be from 1 to " + std::to_string(longest.count()) + " ms, got " + std::to_string(value.count()));
}

}  // namespace

endpoints check(const options& opts) {
    check_source(opts.source);
    endpoints out;
    out.feishu = endpoint_at("domain", opts.domain, opts.allow_plain_http);
    out.lark = endpoint_at("lark_domain", opts.lark_domain, opts.allow_plain_http);
    out.feishu_is_loopback = base::is_loopback_host(base::split_url(opts.domain)->host);
    check_range("request_timeout", opts.request_timeout, 10min);
    check_range("start_budget", opts.start_budget, 1h);
    check_range("expiry_grace", opts.expiry_grace, 1min);
    if (!std::isfinite(opts.interval_margin) || opts.interval_margin < 1 || opts.interval_margin > 10)
        refuse("interval_margin", "must be from 1 to 10");
    if (opts.first_poll != first_poll::at_once && opts.first_poll != first_poll::after_interval)
        refuse("first_poll", "must be at_once or after_interval");
    return out;
}

}  // namespace detail
}  // namespace lark::registration
