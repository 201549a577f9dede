// SPDX-License-Identifier: MIT
#include "open_platform/options.hpp"

#include "base/option_errors.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace lark::open_platform {

std::string_view domain_of(const registration::app& app) noexcept {
    const bool said = app.user_info && app.user_info->tenant_brand && !app.user_info->tenant_brand->empty();
    const bool on_lark = said ? *app.user_info->tenant_brand == "lark" : app.issuer == registration::brand::lark;
    return on_lark ? lark_domain : feishu_domain;
}

void check(const client_options& options) { static_cast<void>(detail::checked_base_url(options)); }

namespace detail {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view feishu_accounts = "https://accounts.feishu.cn";
constexpr std::string_view lark_accounts = "https://accounts.larksuite.com";

std::optional<std::string_view> check_path(std::string_view path) {
    if (path.empty() || path.front() != '/') return "must begin with '/'";
    if (path.find('#') != std::string_view::npos) return "must not contain '#'";
    const bool readable = std::all_of(path.begin(), path.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7F && byte != '\\';
    });
    if (!readable) return "must not contain spaces, control characters or backslashes; write them as %XX";
    return {};
}

bool is_authorization(const http_header& header) noexcept {
    return base::equals_ignoring_case(header.name, "authorization");
}

void check_header(const http_header& header, std::size_t index, base::option_errors& wrong) {
    static constexpr std::array<std::string_view, 9> of_the_transport{
        "host",    "content-length", "connection", "transfer-encoding", "te", "trailer",
        "upgrade", "keep-alive",     "expect"};
    if (!base::is_token(header.name)) {
        wrong.add("headers", "must have a header's name", index);
    } else if (std::any_of(of_the_transport.begin(), of_the_transport.end(),
                           [&](auto name) { return base::equals_ignoring_case(header.name, name); })) {
        wrong.add("headers", "must not be " + header.name + ", which the transport sets", index);
    }
    if (!base::is_header_value(header.value)) wrong.add("headers", "must not contain control characters", index);
}

}  // namespace

std::string checked_base_url(const client_options& options) {
    base::option_errors wrong;
    const auto domain = options.domain.value_or(std::string{feishu_domain});
    if (const auto fault = base::check_domain(domain, options.allow_plain_http, feishu_domain))
        wrong.add("domain", *fault);
    if (options.accounts_domain)
        if (const auto fault = base::check_domain(*options.accounts_domain, options.allow_plain_http, feishu_accounts))
            wrong.add("accounts_domain", *fault);
    wrong.add_unless_in_range("request_timeout", options.request_timeout, 10min);
    wrong.add_unless_in_range("token_budget", options.token_budget, 1h);
    if (options.refresh_before < 0s || options.refresh_before > 29min)
        wrong.add("refresh_before", "must be from 0 to 1740 s, got " + std::to_string(options.refresh_before.count()));
    if (options.tries < 1 || options.tries > 10)
        wrong.add("tries", "must be from 1 to 10, got " + std::to_string(options.tries));
    if (options.async_workers < 1 || options.async_workers > 64)
        wrong.add("async_workers", "must be from 1 to 64, got " + std::to_string(options.async_workers));
    wrong.throw_if_any();
    auto url = base::base_url_of(domain);
    if (options.credentials_provider && !options.accounts_domain && url != feishu_domain && url != lark_domain)
        throw registration::invalid_option{"accounts_domain",
                                           "is required with credentials_provider, since domain is neither brand's"};
    return url;
}

std::string accounts_url_of(const client_options& options) {
    if (options.accounts_domain) return base::base_url_of(*options.accounts_domain);
    const bool on_lark = options.domain && base::base_url_of(*options.domain) == lark_domain;
    return std::string{on_lark ? lark_accounts : feishu_accounts};
}

std::string audience_of(const std::string& accounts_url) {
    const auto url = *base::split_url(accounts_url);
    auto audience = std::string{url.host};
    if (url.has_port) audience.append(1, ':').append(url.port);
    return audience;
}

void check(const api_request& request) {
    base::option_errors wrong;
    if (!base::is_token(request.method)) wrong.add("method", "must be an HTTP method such as GET");
    // Its reply has no body, so no `code` either.
    if (request.method == "HEAD") wrong.add("method", "must not be HEAD, whose reply could hold no result");
    if (const auto fault = check_path(request.path)) wrong.add("path", *fault);
    for (std::size_t i = 0; i < request.query.size(); ++i)
        if (request.query[i].name.empty()) wrong.add("query", "must have a name", i);
    for (std::size_t i = 0; i < request.headers.size(); ++i) check_header(request.headers[i], i, wrong);
    // RFC 9110, 5.3: a field that is not a list comes once. So there is one credential to redact.
    if (std::count_if(request.headers.begin(), request.headers.end(), is_authorization) > 1)
        wrong.add("headers", "must not contain more than one Authorization");
    wrong.throw_if_any();
}

std::string url_of(const std::string& base_url, const api_request& request) {
    auto url = base_url + base::ascii_only(request.path);
    bool has_query = request.path.find('?') != std::string::npos;
    for (const auto& [name, value] : request.query) {
        url += has_query ? '&' : '?';
        url += base::percent_encode(name) + '=' + base::percent_encode(value);
        has_query = true;
    }
    return url;
}

bool has_header(const api_request& request, std::string_view lower_case_name) noexcept {
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [&](const auto& header) { return base::equals_ignoring_case(header.name, lower_case_name); });
}

bool is_repeatable(const std::string& method) noexcept { return method == "GET"; }

}  // namespace detail
}  // namespace lark::open_platform
