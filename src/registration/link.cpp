// SPDX-License-Identifier: MIT
#include "registration/link.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "registration/addons.hpp"
#include "registration/options.hpp"

#include <lark/registration/link.hpp>

#include <algorithm>
#include <vector>

namespace lark::registration::detail {
namespace {

constexpr std::string_view sdk_name = "cpp-sdk";

/// Calls `use` with each `&`-separated part of a query, empty ones included.
template <class Use>
void for_each_parameter(std::string_view query, Use use) {
    while (true) {
        const auto end = query.find('&');
        use(query.substr(0, end));
        if (end == std::string_view::npos) return;
        query.remove_prefix(end + 1);
    }
}

std::string name_of(std::string_view parameter) {
    return base::percent_decode(parameter.substr(0, parameter.find('=')), base::encoding::form);
}

}  // namespace

std::string link_parameters(const options& opts) {
    std::string out = "from=sdk&tp=sdk";
    const auto add = [&](std::string_view name, std::string_view value) {
        out.append(1, '&').append(name).append(1, '=').append(base::percent_encode(value));
    };
    add("source", opts.source ? std::string{sdk_name} + '/' + *opts.source : std::string{sdk_name});
    if (opts.app_preset) {
        for (const auto& url : opts.app_preset->avatar) add("avatar", url);
        if (opts.app_preset->name) add("name", *opts.app_preset->name);
        if (opts.app_preset->desc) add("desc", *opts.app_preset->desc);
    }
    if (opts.addons) add("addons", encode_addons(*opts.addons));
    if (opts.create_only) add("createOnly", "true");
    if (opts.app_id) add("clientID", *opts.app_id);
    return out;
}

std::string link_base(const link_choice& choice, const link_source& from) {
    if (!is_made_from_code(choice)) return std::string{from.verification_uri_complete};
    if (from.user_code.empty()) return {};
    std::string link = choice.host == brand::lark ? "https://open.larksuite.com" : "https://open.feishu.cn";
    link += choice.style == link_style::cli_page ? "/page/cli" : "/page/launcher";
    return link.append("?user_code=").append(base::percent_encode(from.user_code));
}

bool is_fit_for_user(std::string_view url, bool http_to_loopback) noexcept {
    const auto parts = base::split_url(url);
    if (!parts || parts->has_user_info) return false;
    if (base::equals_ignoring_case(parts->scheme, "https")) return true;
    return http_to_loopback && base::equals_ignoring_case(parts->scheme, "http") && base::is_loopback_host(parts->host);
}

std::optional<std::string_view> check_address(std::string_view url, bool http_to_loopback) noexcept {
    if (url.size() > base::url_cap) return "is over 16 KiB";
    if (!is_fit_for_user(url, http_to_loopback)) return "is not an https URL that may be shown to a user";
    return {};
}

std::string_view truncated(std::string_view text) noexcept { return base::cut(text, base::text_cap); }

std::string build_link(std::string_view url, std::string_view parameters) {
    std::vector<std::string> ours;
    for_each_parameter(parameters, [&](std::string_view p) { ours.push_back(name_of(p)); });

    const auto hash = url.find('#');
    const auto fragment = hash == std::string_view::npos ? std::string_view{} : url.substr(hash);
    url = url.substr(0, hash);
    const auto mark = url.find('?');

    std::string link{url.substr(0, mark)};
    link += '?';
    if (mark != std::string_view::npos) {
        for_each_parameter(url.substr(mark + 1), [&](std::string_view p) {
            if (std::find(ours.begin(), ours.end(), name_of(p)) != ours.end()) return;
            link += p;
            link += '&';
        });
        const bool was_empty = mark + 1 == url.size();
        if (was_empty) link.resize(mark + 1);  // a bare `?` holds no parameter, not an empty one
    }
    link += parameters;
    link += fragment;
    return base::ascii_only(link);
}

}  // namespace lark::registration::detail

namespace lark::registration {

std::string preview_link(const options& opts, std::string_view verification_uri, std::string_view user_code) {
    const auto checked = detail::checked_endpoints(opts);
    const auto refuse = [](const char* option, std::string_view rule) {
        throw invalid_option{option, std::string{rule}};
    };
    const detail::link_choice choice{opts.link_style, opts.link_brand};
    if (!detail::is_made_from_code(choice)) {
        if (!base::is_valid_utf8(verification_uri)) refuse("verification_uri", "must be valid UTF-8");
        if (const auto fault = detail::check_address(verification_uri, checked.feishu_is_loopback))
            refuse("verification_uri", *fault);
    }
    const auto base = detail::link_base(choice, {verification_uri, detail::truncated(user_code)});
    if (base.empty()) refuse("user_code", "must be a non-empty string for this link_style and link_brand");
    return detail::build_link(base, detail::link_parameters(opts));
}

}  // namespace lark::registration
