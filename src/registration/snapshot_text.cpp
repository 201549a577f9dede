// SPDX-License-Identifier: MIT
// The text of a snapshot: protocol.md, section 9.
#include "registration/snapshot_data.hpp"

#include "base/json_fields.hpp"
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
#include <variant>

namespace lark::registration::detail {
namespace {

using std::chrono::seconds;

constexpr std::int64_t version = 1;
constexpr std::size_t text_cap = 256 * 1024;
constexpr std::int64_t longest_seconds = 24 * 3600;  // of the lifetime; no interval of an honest run comes near
constexpr std::int64_t highest_count = 1'000'000;    // of polls and failures: a day has 86,400 seconds
constexpr std::string_view state_polling = "polling";
constexpr std::string_view state_expiring = "expiring";

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
    throw snapshot_error{snapshot_error::reason::malformed,
                         std::string{"the snapshot is malformed: "}.append(name).append(1, ' ').append(why)};
}

constexpr std::array<std::string_view, 23> saved_fields{
    "v",
    "saved_at",
    "domain",
    "lark_domain",
    "at_lark",
    "device_code",
    "user_code",
    "link",
    "verification_uri",
    "verification_uri_complete",
    "lifetime",
    "interval",
    "expires_at",
    "state",
    "next_poll_at",
    "failures",
    "polls",
    "cause",
    "request_id",
    "user_info",
    "user_info.open_id",
    "user_info.tenant_brand",
    "user_info.json",
};

std::string_view type_name(bool) noexcept { return "a boolean"; }
std::string_view type_name(std::int64_t) noexcept { return "an integer"; }
std::string_view type_name(const secret&) noexcept { return "a string"; }
std::string_view type_name(base::json_object) noexcept { return "an object"; }

/// The fields of a snapshot, each of which must have its type.
class snapshot_fields {
public:
    explicit snapshot_fields(base::json_fields of) : fields_(std::move(of)) {}

    /// Null if there is no such field.
    template <class Type>
    [[nodiscard]] const Type* find(std::string_view name) const {
        if (std::holds_alternative<std::monostate>(fields_.at(name))) return nullptr;
        const auto* good = fields_.find<Type>(name);
        if (good == nullptr) refuse(name.substr(name.find('.') + 1), std::string{"is not "}.append(type_name(Type{})));
        return good;
    }
    template <class Type>
    [[nodiscard]] const Type& get(std::string_view name) const {
        const auto* found = find<Type>(name);
        if (found == nullptr) refuse(name, "is missing");
        return *found;
    }

    [[nodiscard]] const std::string& text(std::string_view name) const { return get<secret>(name).reveal(); }
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most) const {
        const auto number = get<std::int64_t>(name);
        if (number < least || number > most)
            refuse(name, "is not from " + std::to_string(least) + " to " + std::to_string(most));
        return number;
    }
    /// Poco's parser rounds what is before 1970, since it reads a negative number as a double first.
    [[nodiscard]] wall_point time(std::string_view name) const {
        const wall_point time{duration{get<std::int64_t>(name)}};
        if (time < wall_point{}) refuse(name, "is before 1970");
        return time;
    }

private:
    base::json_fields fields_;
};

user_info user_info_in(const snapshot_fields& in) {
    const auto text = [&](std::string_view name) {
        const auto* found = in.find<secret>(name);
        return found != nullptr ? std::optional{std::string{truncated(found->reveal())}} : std::nullopt;
    };
    const auto* json = in.find<secret>("user_info.json");
    return {text("user_info.open_id"), text("user_info.tenant_brand"),
            json != nullptr ? json->reveal() : std::string{}};
}

snapshot_data data_in(const snapshot_fields& in) {
    if (const auto v = in.get<std::int64_t>("v"); v != version)
        throw snapshot_error{snapshot_error::reason::unknown_version, "the snapshot has version " + std::to_string(v) +
                                                                          "; this library reads version " +
                                                                          std::to_string(version)};
    snapshot_data d;
    d.saved_at = in.time("saved_at");
    d.domain = in.text("domain");
    d.lark_domain = in.text("lark_domain");
    d.at_lark = in.get<bool>("at_lark");
    d.device_code = in.get<secret>("device_code");
    if (d.device_code.empty()) refuse("device_code", "is empty");
    d.user_code = secret{truncated(in.text("user_code"))};
    d.link = in.get<secret>("link");
    d.verification_uri = in.get<secret>("verification_uri");
    d.verification_uri_complete = in.get<secret>("verification_uri_complete");
    d.lifetime = seconds{in.number("lifetime", 1, longest_seconds)};
    d.interval = seconds{in.number("interval", 1, longest_seconds)};
    d.expires_at = in.time("expires_at");
    const auto& state = in.text("state");
    if (state != state_polling && state != state_expiring) refuse("state", "is neither polling nor expiring");
    d.expiring = state == state_expiring;
    if (in.find<std::int64_t>("next_poll_at") != nullptr) d.next_poll_at = in.time("next_poll_at");
    d.failures = static_cast<unsigned>(in.number("failures", 0, highest_count));
    d.polls = static_cast<unsigned>(in.number("polls", 0, highest_count));
    d.last_error = truncated(in.text("cause"));
    if (const auto* id = in.find<secret>("request_id")) d.request_id = log_id::parse(id->reveal()).value_or(log_id{});
    if (in.find<base::json_object>("user_info") != nullptr) d.user_info = user_info_in(in);
    return d;
}

void check_host(std::string& domain, std::string_view name) {
    constexpr std::string_view example = "https://accounts.feishu.cn";
    // Whether plain http is allowed is up to the options, whose hosts these must be.
    if (const auto fault = base::check_domain(domain, true, example)) refuse(name, *fault);
    domain = base::base_url_of(domain);
}

void check_addresses(const snapshot_data& data) {
    const bool loopback = base::is_loopback_host(base::split_url(data.domain)->host);
    const auto check_shown = [&](const secret& address, std::string_view name) {
        if (!is_fit_for_user(address.reveal(), loopback) || base::ascii_only(address.reveal()) != address.reveal())
            refuse(name, "is not an ASCII https URL that may be shown to a user");
    };
    if (!data.verification_uri_complete.empty())  // it is where the link was made from the user code alone
        if (const auto fault = check_address(data.verification_uri_complete.reveal(), loopback))
            refuse("verification_uri_complete", *fault);
    // These two have been made ASCII, and the link has parameters of ours: both may be longer than what the service
    // gave.
    check_shown(data.link, "link");
    if (!data.verification_uri.empty()) check_shown(data.verification_uri, "verification_uri");
}

/// Writes an object into one string with room for all of it: nothing that is freed on the way holds a secret.
class writer {
public:
    explicit writer(std::size_t room) { text_.reserve(room); }

    void number(std::string_view name, std::int64_t value) { key(name) += std::to_string(value); }
    void boolean(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
    void string(std::string_view name, std::string_view value) { base::append_quoted(key(name), value); }
    void time(std::string_view name, wall_point t) { number(name, t.time_since_epoch().count()); }
    void open(std::string_view name) {
        key(name);
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
    std::string& key(std::string_view name) {
        text_ += text_.empty() ? "{" : first_ ? "" : ",";
        first_ = false;
        return text_.append(1, '"').append(name).append("\":");
    }

    std::string text_;
    bool first_ = false;
};

}  // namespace

snapshot_data read_snapshot(const secret& text) {
    if (text.reveal().size() > text_cap) refuse("it", "is over 256 KiB");
    auto read = base::json_fields::read(text.reveal(), saved_fields);
    if (!read) refuse("it", "is not a JSON object; it may have been cut");
    auto data = data_in(snapshot_fields{std::move(*read)});
    check_host(data.domain, "domain");
    check_host(data.lark_domain, "lark_domain");
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
    out.number("v", version);
    out.time("saved_at", d.saved_at);
    out.string("domain", d.domain);
    out.string("lark_domain", d.lark_domain);
    out.boolean("at_lark", d.at_lark);
    out.string("device_code", d.device_code.reveal());
    out.string("user_code", d.user_code.reveal());
    out.string("link", d.link.reveal());
    out.string("verification_uri", d.verification_uri.reveal());
    out.string("verification_uri_complete", d.verification_uri_complete.reveal());
    out.number("lifetime", d.lifetime.count());
    out.number("interval", d.interval.count());
    out.time("expires_at", d.expires_at);
    out.string("state", d.expiring ? state_expiring : state_polling);
    if (d.next_poll_at) out.time("next_poll_at", *d.next_poll_at);
    out.number("failures", d.failures);
    out.number("polls", d.polls);
    out.string("cause", d.last_error);
    if (!d.request_id.empty()) out.string("request_id", d.request_id.text());
    if (d.user_info) {
        out.open("user_info");
        if (d.user_info->open_id) out.string("open_id", *d.user_info->open_id);
        if (d.user_info->tenant_brand) out.string("tenant_brand", *d.user_info->tenant_brand);
        if (!d.user_info->json.empty()) out.string("json", d.user_info->json);
        out.close();
    }
    return out.take();
}

}  // namespace lark::registration::detail
