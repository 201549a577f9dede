// The addons of a link: checked, and encoded as the page expects them.
#include "registration/addons.hpp"

#include <Poco/Base64Encoder.h>
#include <Poco/DeflatingStream.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <sstream>

namespace lark::registration::detail {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr int in_order = Poco::JSON_PRESERVE_KEY_ORDER;

void check_items(std::string_view name, const std::vector<std::string>& items, base::option_errors& wrong) {
    for (std::size_t i = 0; i < items.size(); ++i)
        if (const auto fault = base::check_text(items[i], base::text_rule::one_line))
            wrong.add(name, *fault, '[' + std::to_string(i) + ']');
}

bool is_empty(const addon_groups& groups) noexcept { return groups.tenant.empty() && groups.user.empty(); }

Array array_of(const std::vector<std::string>& items) {
    Array out;
    for (const auto& item : items) out.add(item);
    return out;
}

Object object_of(const addon_groups& groups) {
    Object out{in_order};
    if (!groups.tenant.empty()) out.set("tenant", array_of(groups.tenant));
    if (!groups.user.empty()) out.set("user", array_of(groups.user));
    return out;
}

template <class Value>
Object items_of(const Value& value) {
    Object out{in_order};
    out.set("items", value);
    return out;
}

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
    Object payload{in_order};
    if (value.preset) payload.set("preset", *value.preset);
    if (!is_empty(value.scopes)) payload.set("scopes", object_of(value.scopes));
    if (!is_empty(value.events.items)) payload.set("events", items_of(object_of(value.events.items)));
    if (!value.callbacks.items.empty()) payload.set("callbacks", items_of(array_of(value.callbacks.items)));

    std::ostringstream out;
    Poco::Base64Encoder base64{out, Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING};
    base64.rdbuf()->setLineLength(0);
    Poco::DeflatingOutputStream gzip{base64, Poco::DeflatingStreamBuf::STREAM_GZIP};
    payload.stringify(gzip);
    gzip.close();
    base64.close();
    return out.str();
}

}  // namespace lark::registration::detail
