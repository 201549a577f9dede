// SPDX-License-Identifier: MIT
#include "registration/reply.hpp"

#include "base/json_reader.hpp"
#include "base/text.hpp"
#include "registration/oauth_error.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace lark::registration::detail {
namespace {

using std::chrono::seconds;

constexpr double longest_interval = 300;
constexpr double longest_lifetime = 24 * 3600;

struct field {
    std::string_view key;
    bool of_user = false;  ///< in `user_info`
};

/// All others are ignored.
constexpr std::array fields{
    field{"error"},
    field{"error_description"},
    field{"supported_auth_methods"},
    field{"device_code"},
    field{"verification_uri_complete"},
    field{"verification_uri"},
    field{"user_code"},
    field{"expires_in"},
    field{"expire_in"},
    field{"interval"},
    field{"client_id"},
    field{"client_secret"},
    field{"user_info"},
    field{"auth_method"},
    field{"code"},
    field{"msg"},
    field{"open_id", true},
    field{"tenant_brand", true},
};

constexpr std::size_t number_of(std::string_view key, bool of_user) noexcept {
    const auto is_it = [&](const field& f) { return f.key == key && f.of_user == of_user; };
    return static_cast<std::size_t>(std::find_if(fields.begin(), fields.end(), is_it) - fields.begin());
}

/// The value of a field; all empty if it is absent or null.
struct field_value {
    secret text{};
    std::optional<double> number{};    ///< 0 for a boolean, an array or an object
    std::vector<std::string> items{};  ///< the texts in an array
    bool is_text = false;
    bool is_object = false;

    [[nodiscard]] bool is_there() const noexcept { return is_text || number; }
};

/// Keeps the values of the known fields.
class reply_reader final : public base::json_reader {
public:
    [[nodiscard]] const field_value& at(std::string_view key, bool of_user = false) const noexcept {
        return values_[number_of(key, of_user)];
    }
    [[nodiscard]] const std::string& text(std::string_view key) const noexcept { return at(key).text.reveal(); }

private:
    void on_key(const std::string& key) override {
        const bool is_known_place = depth() == 1 || (depth() == 2 && in_user_info_);
        if (!is_known_place || !is_object()) return;
        const auto number = number_of(key, in_user_info_);
        current_ = number < fields.size() ? &values_[number] : nullptr;
        if (current_ != nullptr) *current_ = {};  // of a duplicated key the last value counts
    }
    void on_object() override {
        if (!at_field()) return;
        current_->number = 0;
        current_->is_object = true;
        if (current_ != &at("user_info")) return;
        in_user_info_ = true;
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (fields[i].of_user) values_[i] = {};
    }
    void on_array() override {
        set_number(0);
        if (depth() == 1 && at_field()) in_array_ = true;
    }
    void on_end() override {
        if (depth() == 1) in_user_info_ = in_array_ = false;
    }
    void on_null() override {}
    void on_integer(std::int64_t v) override { set_number(static_cast<double>(v)); }
    void on_unsigned(std::uint64_t v) override { set_number(static_cast<double>(v)); }
    void on_double(double v) override { set_number(v); }
    void on_boolean(bool) override { set_number(0); }
    void on_string(const std::string& text) override {
        if (in_array_ && depth() == 2) {
            current_->items.push_back(text);
        } else if (at_field()) {
            current_->text = secret{text};
            current_->is_text = true;
        }
    }

    void set_number(double v) {
        if (at_field()) current_->number = v;
    }
    /// True if a value that comes now is that of the field, and not one inside it.
    [[nodiscard]] bool at_field() const noexcept { return current_ != nullptr && depth() == (in_user_info_ ? 2u : 1u); }

    std::array<field_value, fields.size()> values_{};
    field_value* current_ = nullptr;  ///< of the last key; null if it is not known
    bool in_user_info_ = false;
    bool in_array_ = false;  ///< which is the value of `current_`
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
std::string joined_words(const field_value& v) {
    std::string out;
    const auto add = [&](std::string_view word) { out.append(out.empty() ? "" : " ").append(word); };
    for_each_word(v.text.reveal(), add);
    for (const auto& item : v.items) for_each_word(item, add);
    return out;
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
seconds lifetime_of(const field_value& v, seconds otherwise) noexcept {
    const double given = v.number.value_or(0);
    return given < 1 ? otherwise : seconds{static_cast<int>(std::floor(std::min(given, longest_lifetime)))};
}

/// protocol.md, section 2: a numeric string counts as that number.
std::optional<seconds> interval_of(const field_value& v) noexcept {
    const double given = v.is_text ? number_in(v.text.reveal()) : v.number.value_or(0);
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
    Poco::SharedPtr<reply_reader> in{new reply_reader};
    if (!base::read_json(body, in) || !in->is_object()) return std::nullopt;
    reply out;
    out.error = in->text("error");
    out.error_description = in->text("error_description");
    const auto& methods = in->at("supported_auth_methods").items;
    out.supports_client_secret = std::find(methods.begin(), methods.end(), "client_secret") != methods.end();
    out.device_code = in->at("device_code").text;
    out.verification_uri_complete = in->text("verification_uri_complete");
    out.verification_uri = in->text("verification_uri");
    out.user_code = in->text("user_code");
    const auto& expires_in = in->at("expires_in");
    out.lifetime = lifetime_of(expires_in.is_there() ? expires_in : in->at("expire_in"), out.lifetime);
    out.interval = interval_of(in->at("interval"));
    out.client_id = in->text("client_id");
    out.client_secret = in->at("client_secret").text;
    if (in->at("user_info").is_object) {
        const auto text = [&](std::string_view key) {
            const auto& v = in->at(key, true);
            return v.is_text ? std::optional{v.text.reveal()} : std::nullopt;
        };
        out.user_info = {text("open_id"), text("tenant_brand"), user_info_text(body)};
    }
    out.auth_methods = joined_words(in->at("auth_method"));
    out.code = whole_number(in->at("code").number.value_or(0));
    out.message = in->text("msg");
    return out;
}

bool reply::is_known_end() const noexcept { return kind_of(error) != failure_kind::other; }

bool reply::is_keyless() const noexcept {
    if (client_id.empty() || !client_secret.empty() || auth_methods.empty()) return false;
    bool offers_secret = false;
    for_each_word(auth_methods, [&](std::string_view method) { offers_secret |= method == "client_secret"; });
    return !offers_secret;
}

}  // namespace lark::registration::detail
