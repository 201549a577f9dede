// SPDX-License-Identifier: MIT
#include "library_words.hpp"

#include <algorithm>
#include <array>

namespace lark_register {

namespace {

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

std::span<const library_name> library_names() noexcept { return known_names; }

std::string in_terms_of_options(const lark::invalid_option& error, std::string_view option) {
    std::string text;
    for (const auto& wrong : error.errors()) text.append(text.empty() ? "" : "; ").append(with_option(wrong, option));
    return text;
}

}  // namespace lark_register
