// SPDX-License-Identifier: MIT
#include "registration/reply.hpp"

#include "base/json_reader.hpp"
#include "base/text.hpp"
#include "registration/oauth_error.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

namespace lark::registration::detail {
namespace {

using std::chrono::seconds;

constexpr double longest_interval = 300;
constexpr double longest_lifetime = 24 * 3600;

/// A field that should be a number. Null counts as absent: the services that write it mean "no value".
struct number_field {
    bool present = false;
    double value = 0;  ///< 0 where the field is not a number
};

enum class field {
    none,
    error,
    error_description,
    supported_auth_methods,
    device_code,
    verification_uri_complete,
    verification_uri,
    user_code,
    expires_in,
    expire_in,
    interval,
    client_id,
    client_secret,
    user_info,
    auth_method,
    code,
    msg,
    open_id,
    tenant_brand,
};

/// The array that is being read, if its elements count.
enum class list {
    none,
    supported_auth_methods,
    auth_method,
};

field field_of(std::string_view key) noexcept {
    struct name {
        std::string_view key;
        field is;
    };
    static constexpr name names[] = {
        {"error", field::error},
        {"error_description", field::error_description},
        {"supported_auth_methods", field::supported_auth_methods},
        {"device_code", field::device_code},
        {"verification_uri_complete", field::verification_uri_complete},
        {"verification_uri", field::verification_uri},
        {"user_code", field::user_code},
        {"expires_in", field::expires_in},
        {"expire_in", field::expire_in},
        {"interval", field::interval},
        {"client_id", field::client_id},
        {"client_secret", field::client_secret},
        {"user_info", field::user_info},
        {"auth_method", field::auth_method},
        {"code", field::code},
        {"msg", field::msg},
    };
    for (const auto& n : names)
        if (n.key == key) return n.is;
    return field::none;
}

field field_of_user_info(std::string_view key) noexcept {
    if (key == "open_id") return field::open_id;
    if (key == "tenant_brand") return field::tenant_brand;
    return field::none;
}

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

/// A whole number that a double holds exactly; 0 for any other.
std::int64_t whole_number(double v) noexcept {
    constexpr double exact = 9007199254740992.0;
    return std::abs(v) < exact && std::floor(v) == v ? static_cast<std::int64_t>(v) : 0;
}

double number_in(std::string_view text) noexcept {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) ? value : 0;
}

/// Keeps the known fields; whatever else there is passes by.
class reader final : public base::json_reader {
public:
    reader(reply& out, bool with_description) : reply_(out), with_description_(with_description) {}

    /// To be called once all has been read.
    void finish() {
        const auto& lifetime = expires_in_.present ? expires_in_ : expire_in_;
        if (lifetime.value >= 1)
            reply_.lifetime = seconds{static_cast<int>(std::floor(std::min(lifetime.value, longest_lifetime)))};
        if (interval_.value > 0)
            reply_.interval = seconds{static_cast<int>(std::ceil(std::min(interval_.value, longest_interval)))};
    }

private:
    void on_reset() override {
        reply_ = {};
        expires_in_ = expire_in_ = interval_ = {};
        field_ = field::none;
        in_user_info_ = false;
        list_ = list::none;
    }

    void on_object() override {
        if (depth() == 1 && field_ == field::user_info) {
            in_user_info_ = true;
            reply_.user_info.emplace();
        } else {
            number(0);  // an array or object where a number belongs counts as 0
        }
    }
    void on_array() override {
        if (depth() == 1 && field_ == field::supported_auth_methods) list_ = list::supported_auth_methods;
        if (depth() == 1 && field_ == field::auth_method) list_ = list::auth_method;
        number(0);
    }
    void on_end() override {
        if (depth() != 1) return;
        in_user_info_ = false;
        list_ = list::none;
    }

    void on_key(const std::string& key) override {
        if (depth() == 1 && is_object()) field_ = field_of(key);
        else if (depth() == 2 && in_user_info_) field_ = field_of_user_info(key);
        else return;
        clear();
    }

    void on_null() override {}
    void on_integer(std::int64_t v) override { number(static_cast<double>(v)); }
    void on_unsigned(std::uint64_t v) override { number(static_cast<double>(v)); }
    void on_double(double v) override { number(v); }
    void on_boolean(bool) override { number(0); }

    void on_string(const std::string& text) override {
        if (list_ != list::none && depth() == 2) {
            if (list_ == list::auth_method) add_auth_methods(text);
            else if (text == "client_secret") reply_.supports_client_secret = true;
            return;
        }
        if (!at_field()) return;
        switch (field_) {
        case field::error: reply_.error.set(text); break;
        case field::error_description:
            if (with_description_) reply_.error_description = text;
            break;
        case field::device_code: reply_.device_code = secret{text}; break;
        case field::verification_uri_complete: reply_.verification_uri_complete = text; break;
        case field::verification_uri: reply_.verification_uri = text; break;
        case field::user_code: reply_.user_code = text; break;
        case field::client_id: reply_.client_id = text; break;
        case field::client_secret: reply_.client_secret = secret{text}; break;
        case field::auth_method: add_auth_methods(text); break;
        case field::msg:
            if (with_description_) reply_.message = text;
            break;
        case field::open_id: reply_.user_info->open_id = text; break;
        case field::tenant_brand: reply_.user_info->tenant_brand = text; break;
        case field::interval: interval_ = {true, number_in(text)}; break;  // protocol.md, 2: a numeric string counts
        case field::expires_in:
        case field::expire_in: number(0); break;  // protocol.md, 2: no number means the default
        case field::none:
        case field::supported_auth_methods:
        case field::user_info:
        case field::code: break;
        }
    }

    void add_auth_methods(std::string_view text) {
        for_each_word(text, [&](std::string_view method) {
            if (!reply_.auth_methods.empty()) reply_.auth_methods += ' ';
            reply_.auth_methods += method;
        });
    }

    /// True if a value that comes now belongs to `field_` itself, and not to something inside it.
    [[nodiscard]] bool at_field() const noexcept { return is_object() && depth() == (in_user_info_ ? 2u : 1u); }

    void number(double v) {
        if (!at_field()) return;
        switch (field_) {
        case field::interval: interval_ = {true, v}; break;
        case field::expires_in: expires_in_ = {true, v}; break;
        case field::expire_in: expire_in_ = {true, v}; break;
        case field::code: reply_.code = whole_number(v); break;
        case field::none:
        case field::error:
        case field::error_description:
        case field::supported_auth_methods:
        case field::device_code:
        case field::verification_uri_complete:
        case field::verification_uri:
        case field::user_code:
        case field::client_id:
        case field::client_secret:
        case field::user_info:
        case field::auth_method:
        case field::msg:
        case field::open_id:
        case field::tenant_brand: break;  // not a string: absent
        }
    }

    /// A key came (again): what an earlier one of the same name said no longer counts.
    void clear() {
        switch (field_) {
        case field::error: reply_.error.reset(); break;
        case field::error_description: reply_.error_description.clear(); break;
        case field::supported_auth_methods: reply_.supports_client_secret = false; break;
        case field::device_code: reply_.device_code = secret{}; break;
        case field::verification_uri_complete: reply_.verification_uri_complete.clear(); break;
        case field::verification_uri: reply_.verification_uri.clear(); break;
        case field::user_code: reply_.user_code.clear(); break;
        case field::expires_in: expires_in_ = {}; break;
        case field::expire_in: expire_in_ = {}; break;
        case field::interval: interval_ = {}; break;
        case field::client_id: reply_.client_id.clear(); break;
        case field::client_secret: reply_.client_secret = secret{}; break;
        case field::user_info: reply_.user_info.reset(); break;
        case field::auth_method: reply_.auth_methods.clear(); break;
        case field::code: reply_.code = 0; break;
        case field::msg: reply_.message.clear(); break;
        case field::open_id: reply_.user_info->open_id.reset(); break;
        case field::tenant_brand: reply_.user_info->tenant_brand.reset(); break;
        case field::none: break;
        }
    }

    reply& reply_;
    bool with_description_;
    number_field expires_in_;
    number_field expire_in_;
    number_field interval_;
    field field_ = field::none;
    bool in_user_info_ = false;
    list list_ = list::none;
};

/// The fields of `user_info` in a body, as JSON text.
std::string user_info_text(const std::string& body) {
    const auto all = json::parse(body);
    auto text = all ? (*all)["user_info"].text() : std::string{};
    if (text.size() > base::user_info_cap) text.clear();
    return text;
}

std::optional<reply> read(const std::string& body, bool with_description) {
    std::optional<reply> result{std::in_place};  // filled where it is to be: a reply is too large to be moved about
    Poco::SharedPtr<reader> handler{new reader{*result, with_description}};
    if (base::read_json(body, handler) && handler->is_object()) handler->finish();
    else result.reset();
    if (result && result->user_info) result->user_info->json = user_info_text(body);
    return result;
}

}  // namespace

oauth_error error_word::shown() const noexcept {
    if (is_pending()) return oauth_error::authorization_pending;
    return is_slow_down() ? oauth_error::slow_down : shown_error(text());
}

bool error_word::is_known_end() const noexcept { return kind_of(text()) != failure_kind::other; }

bool reply::is_keyless() const noexcept {
    if (client_id.empty() || !client_secret.empty() || auth_methods.empty()) return false;
    bool offers_secret = false;
    for_each_word(auth_methods, [&](std::string_view method) { offers_secret |= method == "client_secret"; });
    return !offers_secret;
}

std::optional<reply> read_reply(const std::string& body, descriptions wanted) {
    const bool all = wanted == descriptions::all;
    auto result = read(body, all);
    // A description may stand before its error, and few replies need it: those are read once more.
    if (!all && result && !result->error.goes_on() && (result->error || result->code != 0)) result = read(body, true);
    return result;  // the one return, so that nothing is moved
}

}  // namespace lark::registration::detail
