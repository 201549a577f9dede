// SPDX-License-Identifier: MIT
#include "registration/reply.hpp"

#include "base/json_fields.hpp"
#include "base/text.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <variant>

namespace lark::registration::detail {
namespace {

using std::chrono::seconds;

constexpr std::string_view invalid_grant = "invalid_grant";
constexpr double longest_interval = 300;
constexpr double longest_lifetime = 24 * 3600;

/// All others are ignored.
constexpr std::array<std::string_view, 18> reply_fields{
    "error",
    "error_description",
    "supported_auth_methods",
    "device_code",
    "verification_uri_complete",
    "verification_uri",
    "user_code",
    "expires_in",
    "expire_in",
    "interval",
    "client_id",
    "client_secret",
    "user_info",
    "user_info.open_id",
    "user_info.tenant_brand",
    "auth_method",
    "code",
    "msg",
};

/// Calls `use` with each word of a text; blanks stand between words.
template <class Use>
void for_each_word(std::string_view text, Use use) {
    while (true) {
        const auto first = text.find_first_not_of(' ');
        if (first == std::string_view::npos) return;
        text.remove_prefix(first);
        const auto end = text.find(' ');
        use(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end);
    }
}

/// An array of strings, or one string with blanks.
std::string joined_words(const base::json_value& v) {
    std::string out;
    const auto add = [&](std::string_view word) { out.append(out.empty() ? "" : " ").append(word); };
    if (const auto* text = std::get_if<secret>(&v)) for_each_word(text->reveal(), add);
    if (const auto* array = std::get_if<base::json_array>(&v))
        for (const auto& item : array->texts) for_each_word(item, add);
    return out;
}

bool is_there(const base::json_value& v) noexcept {
    return !std::holds_alternative<std::monostate>(v) && !std::holds_alternative<base::json_null>(v);
}

double number_in(std::string_view text) noexcept {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) ? value : 0;
}

/// A whole number that a double holds exactly; 0 for any other.
std::int64_t whole_number(double v) noexcept {
    constexpr double exact = 9007199254740992.0;
    return std::abs(v) < exact && std::floor(v) == v ? static_cast<std::int64_t>(v) : 0;
}

/// protocol.md, section 2: anything but a positive number means the default, which `otherwise` is.
seconds lifetime_in(const base::json_fields& in, seconds otherwise) noexcept {
    const double given = in.number(is_there(in.at("expires_in")) ? "expires_in" : "expire_in").value_or(0);
    return given < 1 ? otherwise : seconds{static_cast<int>(std::floor(std::min(given, longest_lifetime)))};
}

/// protocol.md, section 2: a numeric string counts as that number.
std::optional<seconds> interval_in(const base::json_fields& in) noexcept {
    const double given = in.number("interval").value_or(number_in(in.text("interval")));
    if (!(given > 0)) return std::nullopt;
    return seconds{static_cast<int>(std::ceil(std::min(given, longest_interval)))};
}

/// The fields of `user_info` in a body, as JSON text.
std::string user_info_text(const std::string& body) {
    const auto all = json::parse(body);
    auto text = all ? (*all)["user_info"].text() : std::string{};
    if (text.size() > base::user_info_cap) text.clear();
    return text;
}

}  // namespace

std::optional<reply> read_reply(const std::string& body) {
    const auto in = base::json_fields::read(body, reply_fields);
    if (!in) return std::nullopt;
    reply out;
    out.error = in->text("error");
    out.error_description = in->text("error_description");
    if (const auto* methods = in->find<base::json_array>("supported_auth_methods"))
        out.supports_client_secret =
            std::find(methods->texts.begin(), methods->texts.end(), "client_secret") != methods->texts.end();
    out.device_code = secret{in->text("device_code")};
    out.verification_uri_complete = in->text("verification_uri_complete");
    out.verification_uri = in->text("verification_uri");
    out.user_code = in->text("user_code");
    out.lifetime = lifetime_in(*in, out.lifetime);
    out.interval = interval_in(*in);
    out.client_id = in->text("client_id");
    out.client_secret = secret{in->text("client_secret")};
    if (in->find<base::json_object>("user_info") != nullptr) {
        const auto text = [&](std::string_view name) {
            const auto* found = in->find<secret>(name);
            return found != nullptr ? std::optional{found->reveal()} : std::nullopt;
        };
        out.user_info = {text("user_info.open_id"), text("user_info.tenant_brand"), user_info_text(body)};
    }
    out.auth_methods = joined_words(in->at("auth_method"));
    out.code = whole_number(in->number("code").value_or(0));
    out.message = in->text("msg");
    return out;
}

failure_kind kind_of(std::string_view error) noexcept {
    if (error == error_code::access_denied) return failure_kind::access_denied;
    if (error == error_code::expired_token || error == invalid_grant) return failure_kind::expired;
    return failure_kind::other;
}

std::string_view default_description(std::string_view error) noexcept {
    if (error == error_code::access_denied) return "the user denied the registration";
    if (error == error_code::expired_token) return "the service says that the code has expired";
    if (error == invalid_grant) return "the service no longer knows the code";
    return {};
}

oauth_error shown_error(std::string_view error) noexcept {
    if (error.empty()) return oauth_error::none;
    const auto known = enumerator<oauth_error>(error).value_or(oauth_error::other);
    return known == oauth_error::none ? oauth_error::other : known;  // a server may write "none"
}

bool reply::is_known_end() const noexcept { return kind_of(error) != failure_kind::other; }

bool reply::is_keyless() const noexcept {
    if (client_id.empty() || !client_secret.empty() || auth_methods.empty()) return false;
    bool offers_secret = false;
    for_each_word(auth_methods, [&](std::string_view method) { offers_secret |= method == "client_secret"; });
    return !offers_secret;
}

}  // namespace lark::registration::detail
