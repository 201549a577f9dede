// SPDX-License-Identifier: MIT
// The addons of a link from a JSON text. The page drops the whole payload in silence if its shape is off, so every key
// and every type is checked here, by name.
#include <lark/registration/addons.hpp>

#include "base/json_text.hpp"

#include <lark/invalid_option.hpp>
#include <lark/text.hpp>

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <initializer_list>

namespace lark::registration {
namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

[[noreturn]] void refuse(const std::string& name, const std::string& rule) { throw invalid_option{name, rule}; }

Object::Ptr object_at(const std::string& name, const Var& value, std::initializer_list<std::string_view> allowed) {
    if (value.type() != typeid(Object::Ptr)) refuse(name, "must be a JSON object");
    auto object = value.extract<Object::Ptr>();
    for (const auto& key : object->getNames()) {
        if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
        std::string list;
        for (const auto& a : allowed) list.append(list.empty() ? "" : ", ").append(a);
        refuse(name + '.' + printable(key), "is not a known key (known: " + list + ')');
    }
    return object;
}

std::vector<std::string> strings_at(const std::string& name, const Object& parent, const std::string& key) {
    std::vector<std::string> out;
    if (!parent.has(key)) return out;
    const auto where = name + '.' + key;
    const auto value = parent.get(key);
    if (value.type() != typeid(Array::Ptr)) refuse(where, "must be an array of strings");
    for (const auto& item : *value.extract<Array::Ptr>()) {
        if (!item.isString()) throw invalid_option{{{where, out.size(), "must be a non-empty string"}}};
        out.push_back(item.extract<std::string>());
    }
    return out;
}

addon_groups groups_at(const std::string& name, const Var& value) {
    const auto object = object_at(name, value, {"tenant", "user"});
    return {strings_at(name, *object, "tenant"), strings_at(name, *object, "user")};
}

Var parse(std::string_view manifest) {
    const std::string body{manifest};
    std::string scratch;
    const auto* text = base::sanitise_for_poco(body, scratch);
    if (text == nullptr) refuse("addons", "must be JSON in UTF-8");
    // Poco reports a value alone as an internal error, in words that do not help a user.
    const auto first = text->find_first_not_of(" \t\r\n");
    if (first == std::string::npos || (*text)[first] != '{') refuse("addons", "must be a JSON object");
    Poco::JSON::Parser parser;
    parser.setDepth(base::json_depth_cap);
    try {
        return parser.parse(*text);
    } catch (const Poco::Exception& e) {
        refuse("addons", "must be JSON: " + printable(e.message()));
    }
}

}  // namespace

addons addons_from_json(std::string_view manifest) {
    const auto root = object_at("addons", parse(manifest), {"preset", "scopes", "events", "callbacks"});
    addons out;
    if (root->has("preset")) {
        if (!root->get("preset").isBoolean()) refuse("addons.preset", "must be true or false");
        out.preset = root->getValue<bool>("preset");
    }
    if (root->has("scopes")) out.scopes = groups_at("addons.scopes", root->get("scopes"));
    if (root->has("events")) {
        const auto events = object_at("addons.events", root->get("events"), {"items"});
        if (events->has("items")) out.events.items = groups_at("addons.events.items", events->get("items"));
    }
    if (root->has("callbacks")) {
        const auto callbacks = object_at("addons.callbacks", root->get("callbacks"), {"items"});
        out.callbacks.items = strings_at("addons.callbacks", *callbacks, "items");
    }
    return out;
}

}  // namespace lark::registration
