// SPDX-License-Identifier: MIT
#include "open_platform/reply.hpp"

#include "base/json_reader.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lark::open_platform::detail {
namespace {

using std::chrono::seconds;

constexpr double longest_lifetime = 24 * 3600;

enum class field { none, code, token, expire };

field field_of(std::string_view key, token_form form) noexcept {
    const bool oauth = form == token_form::oauth;
    if (key == "code") return field::code;
    if (key == (oauth ? "access_token" : "tenant_access_token")) return field::token;
    if (key == (oauth ? "expires_in" : "expire")) return field::expire;
    return field::none;
}

/// Of a string of digits; else 0.
seconds lifetime_of(const std::string& text) noexcept {
    if (text.empty() || !std::all_of(text.begin(), text.end(), base::is_digit)) return {};
    seconds::rep value = 0;
    const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    constexpr auto longest = static_cast<seconds::rep>(longest_lifetime);
    return seconds{error == std::errc{} ? std::min(value, longest) : longest};
}

class reader final : public base::json_reader {
public:
    explicit reader(token_form form) : form_(form) {}

    [[nodiscard]] token_fields take() { return std::move(fields_); }

private:
    void on_object() override {}
    void on_array() override {}
    void on_end() override {}
    void on_key(const std::string& key) override {
        if (depth() != 1) return;
        field_ = field_of(key, form_);
        clear();
    }
    void on_null() override {}
    void on_integer(std::int64_t v) override {
        if (at_field() && field_ == field::code) fields_.code = v;
        on_double(static_cast<double>(v));
    }
    void on_unsigned(std::uint64_t v) override { on_double(static_cast<double>(v)); }
    void on_double(double v) override {
        if (!at_field() || field_ != field::expire || !(v > 0)) return;
        fields_.lifetime = seconds{static_cast<seconds::rep>(std::min(v, longest_lifetime))};
    }
    void on_boolean(bool) override {}
    void on_string(const std::string& text) override {
        if (!at_field()) return;
        if (field_ == field::token) fields_.token = secret{text};
        if (field_ == field::expire) fields_.lifetime = lifetime_of(text);
    }

    [[nodiscard]] bool at_field() const noexcept { return is_object() && depth() == 1; }

    /// A key came (again): the value of an earlier one of the same name no longer counts.
    void clear() {
        switch (field_) {
        case field::code: fields_.code.reset(); break;
        case field::token: fields_.token = secret{}; break;
        case field::expire: fields_.lifetime = seconds{0}; break;
        case field::none: break;
        }
    }

    token_form form_;
    token_fields fields_;
    field field_ = field::none;
};

}  // namespace

std::optional<token_fields> read_token_fields(const std::string& body, token_form form) {
    Poco::SharedPtr<reader> handler{new reader{form}};
    if (!base::read_json(body, handler) || !handler->is_object()) return std::nullopt;
    return handler->take();
}

}  // namespace lark::open_platform::detail
