// SPDX-License-Identifier: MIT
// The text of a snapshot: protocol.md, section 9.
#include "registration/snapshot_data.hpp"

#include "base/json_reader.hpp"
#include "base/json_text.hpp"
#include "base/option_errors.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "registration/link.hpp"

#include <lark/registration/snapshot.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace lark::registration::detail {
namespace {

using std::chrono::seconds;

constexpr std::int64_t version = 1;
constexpr std::size_t text_cap = 256 * 1024;
constexpr std::int64_t longest_seconds = 24 * 3600;  // of the lifetime; no interval of an honest run comes near
constexpr std::int64_t highest_count = 1'000'000;    // of polls and failures: a day has 86,400 seconds
constexpr std::string_view state_polling = "polling";
constexpr std::string_view state_expiring = "expiring";

[[noreturn]] void refuse(const std::string& why) {
    throw snapshot_error{snapshot_error::reason::malformed, "the snapshot is malformed: " + why};
}

enum class snapshot_field : unsigned {
    v,
    saved_at,
    domain,
    lark_domain,
    at_lark,
    device_code,
    user_code,
    link,
    verification_uri,
    verification_uri_complete,
    lifetime,
    interval,
    expires_at,
    state,
    next_poll_at,
    failures,
    polls,
    cause,
    request_id,
    user_info,
    open_id,
    tenant_brand,
    json,
    none,
};
constexpr std::size_t field_count = static_cast<std::size_t>(snapshot_field::none);

struct snapshot_field_rule {
    std::string_view name;
    std::string_view type;
    bool may_be_absent = false;
};
/// By the number of the field.
constexpr std::array<snapshot_field_rule, field_count> rules{{
    {"v", "an integer"},
    {"saved_at", "an integer"},
    {"domain", "a string"},
    {"lark_domain", "a string"},
    {"at_lark", "a boolean"},
    {"device_code", "a string"},
    {"user_code", "a string"},
    {"link", "a string"},
    {"verification_uri", "a string"},
    {"verification_uri_complete", "a string"},
    {"lifetime", "an integer"},
    {"interval", "an integer"},
    {"expires_at", "an integer"},
    {"state", "a string"},
    {"next_poll_at", "an integer", true},
    {"failures", "an integer"},
    {"polls", "an integer"},
    {"cause", "a string"},
    {"request_id", "a string", true},
    {"user_info", "an object", true},
    {"open_id", "a string", true},
    {"tenant_brand", "a string", true},
    {"json", "a string", true},
}};

constexpr std::size_t number_of(snapshot_field f) noexcept { return static_cast<std::size_t>(f); }

snapshot_field field_of(std::string_view key, snapshot_field first, snapshot_field last) noexcept {
    for (auto i = number_of(first); i <= number_of(last); ++i)
        if (rules[i].name == key) return snapshot_field{static_cast<unsigned>(i)};
    return snapshot_field::none;
}

/// Keeps the known fields, and how each of them was found.
class snapshot_reader final : public base::json_reader {
public:
    explicit snapshot_reader(snapshot_data& out) : out_(out) {}

    /// To be called once all has been read: version, presence, types, ranges.
    void check() const {
        check_presence(snapshot_field::v);
        if (version_ != version)
            throw snapshot_error{snapshot_error::reason::unknown_version,
                                 "the snapshot has version " + std::to_string(version_) +
                                     "; this library reads version " + std::to_string(version)};
        for (std::size_t i = 0; i < field_count; ++i) check_presence(snapshot_field{static_cast<unsigned>(i)});
        if (out_.device_code.empty()) refuse("device_code is empty");
        check_time(snapshot_field::saved_at, out_.saved_at);
        check_time(snapshot_field::expires_at, out_.expires_at);
        if (out_.next_poll_at) check_time(snapshot_field::next_poll_at, *out_.next_poll_at);
        check_number(snapshot_field::lifetime, out_.lifetime.count(), 1, longest_seconds);
        check_number(snapshot_field::interval, out_.interval.count(), 1, longest_seconds);
        check_number(snapshot_field::failures, failures_, 0, highest_count);
        check_number(snapshot_field::polls, polls_, 0, highest_count);
        if (state_ != state_polling && state_ != state_expiring) refuse("state is neither polling nor expiring");
    }

    /// To be called after `check`.
    void finish() {
        out_.failures = static_cast<unsigned>(failures_);
        out_.polls = static_cast<unsigned>(polls_);
        out_.expiring = state_ == state_expiring;
    }

private:
    enum class found { nothing, good, wrong };

    void check_presence(snapshot_field f) const {
        const auto& rule = rules[number_of(f)];
        const auto how = found_[number_of(f)];
        if (how == found::good || (how == found::nothing && rule.may_be_absent)) return;
        refuse(std::string{rule.name} + (how == found::nothing ? " is missing" : " is not " + std::string{rule.type}));
    }

    static void check_number(snapshot_field f, std::int64_t value, std::int64_t least, std::int64_t most) {
        if (value < least || value > most)
            refuse(std::string{rules[number_of(f)].name} + " is not from " + std::to_string(least) + " to " +
                   std::to_string(most));
    }

    /// Poco's parser rounds what is before 1970, since it reads a negative number as a double first.
    static void check_time(snapshot_field f, wall_point value) {
        if (value < wall_point{}) refuse(std::string{rules[number_of(f)].name} + " is before 1970");
    }

    void on_object() override {
        if (depth() == 1 && field_ == snapshot_field::user_info) {
            in_user_info_ = true;
            out_.user_info.emplace();
            good();
        } else {
            wrong();
        }
    }
    void on_array() override { wrong(); }
    void on_end() override {
        if (depth() == 1) in_user_info_ = false;
    }

    void on_key(const std::string& key) override {
        if (depth() == 1 && is_object()) field_ = field_of(key, snapshot_field::v, snapshot_field::user_info);
        else if (depth() == 2 && in_user_info_) field_ = field_of(key, snapshot_field::open_id, snapshot_field::json);
        else return;
        // Of a duplicated key the last one counts: what an earlier one said does not.
        if (field_ == snapshot_field::next_poll_at) out_.next_poll_at.reset();
        if (field_ == snapshot_field::user_info) {
            out_.user_info.reset();
            for (const auto f : {snapshot_field::open_id, snapshot_field::tenant_brand, snapshot_field::json})
                found_[number_of(f)] = found::nothing;
        }
        if (field_ == snapshot_field::open_id) out_.user_info->open_id.reset();
        if (field_ == snapshot_field::tenant_brand) out_.user_info->tenant_brand.reset();
        if (field_ == snapshot_field::json) out_.user_info->json.clear();
        if (field_ != snapshot_field::none) found_[number_of(field_)] = found::nothing;
    }

    void on_null() override { wrong(); }
    void on_unsigned(std::uint64_t) override { wrong(); }
    void on_double(double) override { wrong(); }

    void on_boolean(bool value) override {
        if (!at_field()) return;
        if (field_ != snapshot_field::at_lark) return wrong();
        out_.at_lark = value;
        good();
    }

    void on_integer(std::int64_t number) override {
        if (!at_field()) return;
        switch (field_) {
        case snapshot_field::v: version_ = number; break;
        case snapshot_field::saved_at: out_.saved_at = wall_point{duration{number}}; break;
        case snapshot_field::expires_at: out_.expires_at = wall_point{duration{number}}; break;
        case snapshot_field::next_poll_at: out_.next_poll_at = wall_point{duration{number}}; break;
        case snapshot_field::lifetime: out_.lifetime = seconds{number}; break;
        case snapshot_field::interval: out_.interval = seconds{number}; break;
        case snapshot_field::failures: failures_ = number; break;
        case snapshot_field::polls: polls_ = number; break;
        case snapshot_field::domain:
        case snapshot_field::lark_domain:
        case snapshot_field::at_lark:
        case snapshot_field::device_code:
        case snapshot_field::user_code:
        case snapshot_field::link:
        case snapshot_field::verification_uri:
        case snapshot_field::verification_uri_complete:
        case snapshot_field::state:
        case snapshot_field::cause:
        case snapshot_field::request_id:
        case snapshot_field::user_info:
        case snapshot_field::open_id:
        case snapshot_field::tenant_brand:
        case snapshot_field::json:
        case snapshot_field::none: return wrong();
        }
        good();
    }

    void on_string(const std::string& text) override {
        if (!at_field()) return;
        switch (field_) {
        case snapshot_field::domain: out_.domain = text; break;
        case snapshot_field::lark_domain: out_.lark_domain = text; break;
        case snapshot_field::device_code: out_.device_code = secret{text}; break;
        case snapshot_field::user_code: out_.user_code = secret{truncated(text)}; break;
        case snapshot_field::link: out_.link = secret{text}; break;
        case snapshot_field::verification_uri: out_.verification_uri = secret{text}; break;
        case snapshot_field::verification_uri_complete: out_.verification_uri_complete = secret{text}; break;
        case snapshot_field::state: state_ = text; break;
        case snapshot_field::cause: out_.last_error = std::string{truncated(text)}; break;
        case snapshot_field::request_id: out_.request_id = log_id::parse(text).value_or(log_id{}); break;
        case snapshot_field::open_id: out_.user_info->open_id = std::string{truncated(text)}; break;
        case snapshot_field::tenant_brand: out_.user_info->tenant_brand = std::string{truncated(text)}; break;
        case snapshot_field::json: out_.user_info->json = text; break;
        case snapshot_field::v:
        case snapshot_field::saved_at:
        case snapshot_field::at_lark:
        case snapshot_field::lifetime:
        case snapshot_field::interval:
        case snapshot_field::expires_at:
        case snapshot_field::next_poll_at:
        case snapshot_field::failures:
        case snapshot_field::polls:
        case snapshot_field::user_info:
        case snapshot_field::none: return wrong();
        }
        good();
    }

    /// True if a value that comes now belongs to `field_` itself, and not to something inside it.
    [[nodiscard]] bool at_field() const noexcept { return is_object() && depth() == (in_user_info_ ? 2u : 1u); }

    void good() noexcept { found_[number_of(field_)] = found::good; }
    void wrong() noexcept {
        if (at_field() && field_ != snapshot_field::none) found_[number_of(field_)] = found::wrong;
    }

    snapshot_data& out_;
    std::array<found, field_count> found_{};
    snapshot_field field_ = snapshot_field::none;
    bool in_user_info_ = false;
    std::int64_t version_ = 0;
    std::int64_t failures_ = 0;
    std::int64_t polls_ = 0;
    std::string state_;
};

void check_host(std::string& domain, snapshot_field f) {
    constexpr std::string_view example = "https://accounts.feishu.cn";
    // Whether plain http is allowed is up to the options, whose hosts these must be.
    if (const auto fault = base::check_domain(domain, true, example))
        refuse(std::string{rules[number_of(f)].name}.append(1, ' ').append(*fault));
    domain = base::base_url_of(domain);
}

void check_addresses(const snapshot_data& data) {
    const bool loopback = base::is_loopback_host(base::split_url(data.domain)->host);
    const auto check_shown = [&](const secret& address, snapshot_field f) {
        if (!is_fit_for_user(address.reveal(), loopback) || base::ascii_only(address.reveal()) != address.reveal())
            refuse(std::string{rules[number_of(f)].name} + " is not an ASCII https URL that may be shown to a user");
    };
    if (!data.verification_uri_complete.empty())  // it is where the link was made from the user code alone
        if (const auto fault = check_address(data.verification_uri_complete.reveal(), loopback))
            refuse("verification_uri_complete " + std::string{*fault});
    // These two have been made ASCII, and the link has parameters of ours: both may be longer than what the service gave.
    check_shown(data.link, snapshot_field::link);
    if (!data.verification_uri.empty()) check_shown(data.verification_uri, snapshot_field::verification_uri);
}

/// Writes an object into one string with room for all of it: nothing that is freed on the way holds a secret.
class writer {
public:
    explicit writer(std::size_t room) { text_.reserve(room); }

    void number(snapshot_field f, std::int64_t value) { key(f) += std::to_string(value); }
    void boolean(snapshot_field f, bool value) { key(f) += value ? "true" : "false"; }
    void string(snapshot_field f, std::string_view value) { base::append_quoted(key(f), value); }
    void time(snapshot_field f, wall_point t) { number(f, t.time_since_epoch().count()); }
    void open(snapshot_field f) {
        key(f);
        text_ += '{';
        first_ = true;
    }
    void close() {
        text_ += '}';
        first_ = false;
    }
    [[nodiscard]] secret take() {
        text_ += '}';
        return secret{std::move(text_)};
    }

private:
    std::string& key(snapshot_field f) {
        text_ += text_.empty() ? "{" : first_ ? "" : ",";
        first_ = false;
        return text_.append(1, '"').append(rules[number_of(f)].name).append("\":");
    }

    std::string text_;
    bool first_ = false;
};

}  // namespace

snapshot_data read_snapshot(const secret& text) {
    if (text.reveal().size() > text_cap) refuse("it is over 256 KiB");
    snapshot_data data;
    Poco::SharedPtr<snapshot_reader> handler{new snapshot_reader{data}};
    if (!base::read_json(text.reveal(), handler) || !handler->is_object())
        refuse("it is not a JSON object; it may have been cut");
    handler->check();
    handler->finish();
    check_host(data.domain, snapshot_field::domain);
    check_host(data.lark_domain, snapshot_field::lark_domain);
    check_addresses(data);
    return data;
}

secret write_snapshot(const snapshot_data& d) {
    constexpr std::size_t numbers_and_names = 768;
    std::size_t room = numbers_and_names;
    for (const auto* text : {&d.device_code, &d.user_code, &d.link, &d.verification_uri, &d.verification_uri_complete})
        room += base::most_quoted(text->reveal());
    room += base::most_quoted(d.domain) + base::most_quoted(d.lark_domain) + base::most_quoted(d.last_error);
    room += base::most_quoted(d.request_id.text());
    if (d.user_info)
        for (const auto* text : {&d.user_info->open_id, &d.user_info->tenant_brand})
            if (*text) room += base::most_quoted(**text);
    if (d.user_info) room += base::most_quoted(d.user_info->json);

    writer out{room};
    out.number(snapshot_field::v, version);
    out.time(snapshot_field::saved_at, d.saved_at);
    out.string(snapshot_field::domain, d.domain);
    out.string(snapshot_field::lark_domain, d.lark_domain);
    out.boolean(snapshot_field::at_lark, d.at_lark);
    out.string(snapshot_field::device_code, d.device_code.reveal());
    out.string(snapshot_field::user_code, d.user_code.reveal());
    out.string(snapshot_field::link, d.link.reveal());
    out.string(snapshot_field::verification_uri, d.verification_uri.reveal());
    out.string(snapshot_field::verification_uri_complete, d.verification_uri_complete.reveal());
    out.number(snapshot_field::lifetime, d.lifetime.count());
    out.number(snapshot_field::interval, d.interval.count());
    out.time(snapshot_field::expires_at, d.expires_at);
    out.string(snapshot_field::state, d.expiring ? state_expiring : state_polling);
    if (d.next_poll_at) out.time(snapshot_field::next_poll_at, *d.next_poll_at);
    out.number(snapshot_field::failures, d.failures);
    out.number(snapshot_field::polls, d.polls);
    out.string(snapshot_field::cause, d.last_error);
    if (!d.request_id.empty()) out.string(snapshot_field::request_id, d.request_id.text());
    if (d.user_info) {
        out.open(snapshot_field::user_info);
        if (d.user_info->open_id) out.string(snapshot_field::open_id, *d.user_info->open_id);
        if (d.user_info->tenant_brand) out.string(snapshot_field::tenant_brand, *d.user_info->tenant_brand);
        if (!d.user_info->json.empty()) out.string(snapshot_field::json, d.user_info->json);
        out.close();
    }
    return out.take();
}

}  // namespace lark::registration::detail
