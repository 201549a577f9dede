// SPDX-License-Identifier: MIT
#include "open_platform/reply.hpp"

#include "base/json_fields.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace lark::open_platform::detail {
namespace {

using std::chrono::seconds;

constexpr double longest_lifetime = 24 * 3600;

/// Of a string of digits; else 0.
seconds lifetime_of(const std::string& text) noexcept {
    if (text.empty() || !std::all_of(text.begin(), text.end(), base::is_digit)) return {};
    seconds::rep value = 0;
    const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    constexpr auto longest = static_cast<seconds::rep>(longest_lifetime);
    return seconds{error == std::errc{} ? std::min(value, longest) : longest};
}

seconds lifetime_in(const base::json_fields& in, std::string_view name) noexcept {
    const double given = in.number(name).value_or(0);
    return given > 0 ? seconds{static_cast<seconds::rep>(std::min(given, longest_lifetime))}
                     : lifetime_of(in.text(name));
}

}  // namespace

std::optional<token_fields> read_token_fields(const std::string& body, token_form form) {
    static constexpr std::array<std::string_view, 5> names{"code", "tenant_access_token", "expire", "access_token",
                                                           "expires_in"};
    const auto in = base::json_fields::read(body, names);
    if (!in) return std::nullopt;
    const bool oauth = form == token_form::oauth;
    const auto* code = in->find<std::int64_t>("code");
    return token_fields{.code = code != nullptr ? std::optional{*code} : std::nullopt,
                        .token = secret{in->text(oauth ? "access_token" : "tenant_access_token")},
                        .lifetime = lifetime_in(*in, oauth ? "expires_in" : "expire")};
}

}  // namespace lark::open_platform::detail
