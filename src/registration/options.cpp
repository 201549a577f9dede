// SPDX-License-Identifier: MIT
#include "registration/options.hpp"

#include "base/option_errors.hpp"
#include "base/url.hpp"
#include "registration/addons.hpp"

#include <cmath>

namespace lark::registration {

namespace detail {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::string_view endpoint_path = "/oauth/v1/app/registration";
constexpr std::string_view lark_origin = "https://accounts.larksuite.com";
constexpr std::size_t source_cap = 256;
constexpr std::size_t most_avatars = 6;
constexpr milliseconds longest_call = 48h;  // more than the longest lifetime of a code, and the start

void check_source(const std::optional<std::string>& source, base::option_errors& wrong) {
    if (!source) return;
    if (const auto fault = base::check_text(*source, base::text_rule::one_line)) wrong.add("source", *fault);
    else if (source->size() > source_cap)
        wrong.add("source", "supports at most 256 bytes, got " + std::to_string(source->size()));
}

void check_text(std::string_view name, const std::optional<std::string>& text, base::option_errors& wrong) {
    if (!text) return;
    if (const auto fault = base::check_text(*text, base::text_rule::lines)) wrong.add(name, *fault);
}

void check_preset(const app_preset& preset, base::option_errors& wrong) {
    constexpr std::string_view avatar = "app_preset.avatar";
    const auto count = preset.avatar.size();
    if (count > most_avatars) wrong.add(avatar, "supports at most 6 URLs, got " + std::to_string(count));
    for (std::size_t i = 0; i < count; ++i)
        if (const auto fault = base::check_text(preset.avatar[i], base::text_rule::one_line))
            wrong.add(avatar, *fault, i);
    check_text("app_preset.name", preset.name, wrong);
    check_text("app_preset.desc", preset.desc, wrong);
}

void check_domain(const char* option, const std::string& domain, const options& opts, base::option_errors& wrong) {
    constexpr std::string_view example = "https://accounts.feishu.cn";
    if (const auto fault = base::check_domain(domain, opts.allow_plain_http, example)) wrong.add(option, *fault);
}

}  // namespace

std::string endpoint_at(const std::string& base_url) { return base_url + std::string{endpoint_path}; }

std::string_view base_url_in(std::string_view endpoint) noexcept {
    return endpoint.substr(0, endpoint.size() - endpoint_path.size());
}

endpoints checked_endpoints(const options& opts) {
    base::option_errors wrong;
    check_source(opts.source, wrong);
    if (opts.app_preset) check_preset(*opts.app_preset, wrong);
    if (opts.addons) check_addons(*opts.addons, wrong);
    if (opts.app_id)
        if (const auto fault = base::check_text(*opts.app_id, base::text_rule::one_line)) wrong.add("app_id", *fault);
    if (opts.link_style != link_style::launcher && opts.link_style != link_style::cli_page)
        wrong.add("link_style", "must be launcher or cli_page");
    if (opts.link_brand && *opts.link_brand != brand::feishu && *opts.link_brand != brand::lark)
        wrong.add("link_brand", "must be feishu or lark");
    check_domain("domain", opts.domain, opts, wrong);
    check_domain("lark_domain", opts.lark_domain, opts, wrong);
    wrong.add_unless_in_range("request_timeout", opts.request_timeout, 10min);
    wrong.add_unless_in_range("start_budget", opts.start_budget, 1h);
    wrong.add_unless_in_range("expiry_grace", opts.expiry_grace, 1min);
    if (opts.give_up_after) wrong.add_unless_in_range("give_up_after", *opts.give_up_after, longest_call);
    if (!std::isfinite(opts.interval_margin) || opts.interval_margin < 1 || opts.interval_margin > 10)
        wrong.add("interval_margin", "must be from 1 to 10");
    if (opts.first_poll != first_poll::at_once && opts.first_poll != first_poll::after_interval)
        wrong.add("first_poll", "must be at_once or after_interval");
    wrong.throw_if_any();
    const auto feishu = base::base_url_of(opts.domain);
    return {endpoint_at(feishu), endpoint_at(base::base_url_of(opts.lark_domain)),
            base::is_loopback_host(base::split_url(opts.domain)->host),
            feishu == lark_origin ? brand::lark : brand::feishu};
}

}  // namespace detail

void check(const options& opts) { static_cast<void>(detail::checked_endpoints(opts)); }
}  // namespace lark::registration
