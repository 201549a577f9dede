// SPDX-License-Identifier: MIT
#include "usage_error.hpp"

#include <algorithm>
#include <array>

#include <utility>

namespace lark_register {

namespace {

std::string complete(const texts& words, const std::string& option, std::string_view texts::*text,
                     const std::vector<std::string>& values) {
    const std::vector<std::string_view> views{values.begin(), values.end()};
    const auto said = text ? fill(words.*text, views) : values.front();
    return option.empty() ? said : option + ": " + said;
}

constexpr auto known_names = std::to_array<library_name>({
    {"source", "--source"},
    {"domain", "--domain"},
    {"lark_domain", "--lark-domain"},
    {"start_budget", "--start-budget"},
    {"give_up_after", "--give-up-after"},
    {"expiry_grace", "--expiry-grace"},
    {"interval_margin", "--interval-margin"},
    {"app_preset.name", "--name"},
    {"app_preset.desc", "--desc"},
    {"app_preset.avatar", "--avatar"},
    {"addons", "--addons"},
    {"addons.scopes.tenant", "--scope"},
    {"addons.scopes.user", "--scope"},
    {"addons.events.items.tenant", "--event"},
    {"addons.events.items.user", "--event"},
    {"addons.callbacks.items", "--callback"},
    {"app_id", "--app-id"},
    {"verification_uri", "--verification-uri"},
    {"user_code", "--user-code"},
    {"request_timeout", "--timeout"},
    {"connect_timeout", "--connect-timeout"},
    {"ca_file", "--cacert"},
    {"ca_dir", "--capath"},
    {"proxy", "--proxy"},
});

// Where a complaint says what would allow it.
constexpr std::string_view permission = "unless allow_plain_http is set";

std::string with_option(const lark::option_error& error, std::string_view option) {
    if (option.empty()) {
        const auto known = std::find_if(known_names.begin(), known_names.end(),
                                        [&](const auto& n) { return n.library == error.option; });
        if (known != known_names.end()) option = known->option;
    }
    auto text = option.empty() ? error.text() : std::string(option) + ": " + error.text();
    if (const auto at = text.find(permission); at != std::string::npos)
        text.replace(at, permission.size(), "unless --allow-plain-http is given");
    return text;
}

}  // namespace

usage_error::usage_error(std::string option, std::string_view texts::*text, std::vector<std::string> values)
    : std::runtime_error(complete(english_texts, option, text, values)),
      option_(std::move(option)),
      text_(text),
      values_(std::move(values)) {}

usage_error::usage_error(std::string_view texts::*text, std::initializer_list<std::string_view> values)
    : usage_error({}, text, std::vector<std::string>{values.begin(), values.end()}) {}

usage_error::usage_error(const std::string& text) : usage_error({}, nullptr, std::vector<std::string>{text}) {}

std::string usage_error::in(const texts& words) const { return complete(words, option_, text_, values_); }

usage_error usage_error::about(std::string_view option) const { return {std::string(option), text_, values_}; }

std::span<const library_name> library_names() noexcept { return known_names; }

std::string in_terms_of_options(const lark::invalid_option& error, std::string_view option) {
    std::string text;
    for (const auto& wrong : error.errors()) text.append(text.empty() ? "" : "; ").append(with_option(wrong, option));
    return text;
}

}  // namespace lark_register
