// SPDX-License-Identifier: MIT
// The addons of a link: checked, and encoded as the page expects them.
#include "registration/addons.hpp"

#include "base/json_text.hpp"

#include <Poco/Base64Encoder.h>
#include <Poco/DeflatingStream.h>

#include <initializer_list>
#include <sstream>
#include <utility>

namespace lark::registration::detail {
namespace {

void check_items(std::string_view name, const std::vector<std::string>& items, base::option_errors& wrong) {
    for (std::size_t i = 0; i < items.size(); ++i)
        if (const auto fault = base::check_text(items[i], base::text_rule::one_line)) wrong.add(name, *fault, i);
}

bool is_empty(const addon_groups& groups) noexcept { return groups.tenant.empty() && groups.user.empty(); }

/// A JSON array, or an empty text if there are no items.
std::string array_of(const std::vector<std::string>& items) {
    std::string out;
    for (const auto& item : items) {
        out += out.empty() ? '[' : ',';
        base::append_quoted(out, item);
    }
    return out.empty() ? out : out + ']';
}

/// A JSON object of the members whose text is not empty, or an empty text if there are none. Poco's JSON objects are
/// not used, since their values refer to the constructor of a date, which reads the clock (tests/build/purity.py).
std::string object_of(std::initializer_list<std::pair<std::string_view, std::string>> members) {
    std::string out;
    for (const auto& [name, value] : members) {
        if (value.empty()) continue;
        out += out.empty() ? '{' : ',';
        base::append_quoted(out, name);
        out.append(":").append(value);
    }
    return out.empty() ? out : out + '}';
}

std::string groups_object(const addon_groups& groups) {
    return object_of({{"tenant", array_of(groups.tenant)}, {"user", array_of(groups.user)}});
}

std::string text_of(std::optional<bool> value) { return !value ? "" : *value ? "true" : "false"; }

}  // namespace

void check_addons(const addons& value, base::option_errors& wrong) {
    check_items("addons.scopes.tenant", value.scopes.tenant, wrong);
    check_items("addons.scopes.user", value.scopes.user, wrong);
    check_items("addons.events.items.tenant", value.events.items.tenant, wrong);
    check_items("addons.events.items.user", value.events.items.user, wrong);
    check_items("addons.callbacks.items", value.callbacks.items, wrong);
    const bool nothing = is_empty(value.scopes) && is_empty(value.events.items) && value.callbacks.items.empty();
    if (nothing && value.preset != false)
        wrong.add("addons", "must contain at least one scope, event or callback, unless preset is false");
}

std::string encode_addons(const addons& value) {
    const auto payload = object_of({
        {"preset", text_of(value.preset)},
        {"scopes", groups_object(value.scopes)},
        {"events", object_of({{"items", groups_object(value.events.items)}})},
        {"callbacks", object_of({{"items", array_of(value.callbacks.items)}})},
    });
    std::ostringstream out;
    Poco::Base64Encoder base64{out, Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING};
    base64.rdbuf()->setLineLength(0);
    Poco::DeflatingOutputStream gzip{base64, Poco::DeflatingStreamBuf::STREAM_GZIP};
    gzip << payload;
    gzip.close();
    base64.close();
    return out.str();
}

}  // namespace lark::registration::detail
