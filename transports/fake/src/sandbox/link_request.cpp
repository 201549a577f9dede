// SPDX-License-Identifier: MIT
#include "link_request.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>
#include <Poco/InflatingStream.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <utility>

namespace lark::fake {

namespace {

using reason = dropped_item::reason;
using Poco::Dynamic::Var;

constexpr std::size_t max_inflated = 64 * 1024;
constexpr std::size_t max_depth = 8;

/// The whole payload is dropped: the value, and the reason.
struct bad_addons {
    std::string what;
    reason why;
};

std::string inflate(const std::string& text) {
    std::istringstream encoded(text);
    Poco::Base64Decoder decoded(encoded, Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING);
    Poco::InflatingInputStream inflated(decoded, Poco::InflatingStreamBuf::STREAM_GZIP);
    inflated.exceptions(std::ios::badbit);
    std::string out;
    std::array<char, 4096> buffer{};
    // A small payload can inflate to a huge one: read no more than the cap and a little.
    while (inflated.read(buffer.data(), buffer.size()), inflated.gcount() > 0) {
        out.append(buffer.data(), static_cast<std::size_t>(inflated.gcount()));
        if (out.size() > max_inflated) throw bad_addons{"addons", reason::too_large};
    }
    return out;
}

Poco::JSON::Object::Ptr object_of(const Var& value, const std::string& path) {
    if (value.type() != typeid(Poco::JSON::Object::Ptr)) throw bad_addons{path, reason::wrong_shape};
    return value.extract<Poco::JSON::Object::Ptr>();
}

/// Every member of `object` must be named in `allowed`.
void check_keys(const Poco::JSON::Object& object, const std::string& path,
                std::initializer_list<std::string_view> allowed) {
    for (const auto& name : object.getNames()) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
            throw bad_addons{path + "." + name, reason::unknown_key};
    }
}

string_list texts_of(const Var& value, const std::string& path) {
    if (value.type() != typeid(Poco::JSON::Array::Ptr)) throw bad_addons{path, reason::wrong_shape};
    string_list texts;
    for (const auto& item : *value.extract<Poco::JSON::Array::Ptr>()) {
        if (!item.isString() || item.extract<std::string>().empty())
            throw bad_addons{path + "[" + std::to_string(texts.size()) + "]", reason::wrong_shape};
        texts.push_back(item.extract<std::string>());
    }
    return texts;
}

/// Scopes are words joined by colons (`im:message:send_as_bot`), events and callbacks by dots (`card.action.trigger`).
bool is_name(std::string_view text, char joint) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-.:").find(c) != std::string_view::npos;
    };
    return text.size() <= 256 && std::all_of(text.begin(), text.end(), good) &&
           text.find(joint) != std::string_view::npos && text.front() != joint && text.back() != joint;
}

void keep_names(const string_list& names, const std::string& path, char joint, string_list& kept,
                std::vector<dropped_item>& dropped) {
    for (const auto& name : names) {
        if (is_name(name, joint)) kept.push_back(name);
        else dropped.push_back({path + ": " + name, reason::no_name});
    }
}

/// `{"tenant": [...], "user": [...]}`
void read_pair(const Var& value, const std::string& path, char joint, registration::addon_groups& groups,
               std::vector<dropped_item>& dropped) {
    const auto object = object_of(value, path);
    check_keys(*object, path, {"tenant", "user"});
    for (auto [name, kept] : {std::pair{"tenant", &groups.tenant}, {"user", &groups.user}}) {
        const auto full = path + "." + name;
        if (object->has(name)) keep_names(texts_of(object->get(name), full), full, joint, *kept, dropped);
    }
}

Var items_of(const Var& value, const std::string& path) {
    const auto object = object_of(value, path);
    check_keys(*object, path, {"items"});
    if (!object->has("items")) throw bad_addons{path, reason::wrong_shape};
    return object->get("items");
}

registration::addons parse(const std::string& json, std::vector<dropped_item>& dropped) {
    registration::addons found;
    Poco::JSON::Parser parser;
    parser.setDepth(max_depth);
    const auto addons = object_of(parser.parse(json), "addons");
    check_keys(*addons, "addons", {"preset", "scopes", "events", "callbacks"});
    if (addons->has("preset")) {
        if (!addons->get("preset").isBoolean()) throw bad_addons{"addons.preset", reason::wrong_shape};
        found.preset = addons->getValue<bool>("preset");
    }
    if (addons->has("scopes")) read_pair(addons->get("scopes"), "scopes", ':', found.scopes, dropped);
    if (addons->has("events"))
        read_pair(items_of(addons->get("events"), "events"), "events.items", '.', found.events.items, dropped);
    if (addons->has("callbacks"))
        keep_names(texts_of(items_of(addons->get("callbacks"), "callbacks"), "callbacks.items"), "callbacks.items", '.',
                   found.callbacks.items, dropped);
    const bool nothing = found == registration::addons{.preset = found.preset} && dropped.empty();
    if (nothing && found.preset.value_or(true)) throw bad_addons{"addons", reason::empty};
    return found;
}

/// Adds what `text` (base64url of gzip of JSON) asks for to `out`. As the real page does, it takes all or nothing where
/// the shape is off, and leaves out single names that cannot be; unlike it, it says so in `out.dropped`.
void read_addons(const std::string& text, link_request& out) {
    try {
        std::vector<dropped_item> dropped;
        out.addons = parse(inflate(text), dropped);
        std::move(dropped.begin(), dropped.end(), std::back_inserter(out.dropped));
    } catch (const bad_addons& bad) {
        out.dropped.push_back({bad.what, bad.why});
    } catch (const Poco::Exception&) {
        out.dropped.push_back({"addons", reason::unreadable});
    } catch (const std::ios_base::failure&) {
        out.dropped.push_back({"addons", reason::unreadable});
    }
}

constexpr std::size_t max_avatars = 6;

bool is_web_address(const std::string& text) {
    try {
        const Poco::URI uri(text);
        return (uri.getScheme() == "https" || uri.getScheme() == "http") && !uri.getHost().empty();
    } catch (const Poco::SyntaxException&) {
        return false;
    }
}

void take_avatar(const std::string& url, link_request& out) {
    if (!is_web_address(url)) out.dropped.push_back({"avatar: " + url, reason::no_web_address});
    else if (out.avatars.size() >= max_avatars) out.dropped.push_back({"avatar: " + url, reason::too_many});
    else out.avatars.push_back(url);
}

}  // namespace

link_request read_link(const std::string& target) {
    Poco::URI::QueryParameters query;
    try {
        query = Poco::URI("http://localhost" + target).getQueryParameters();
    } catch (const Poco::SyntaxException&) {
        return {};
    }
    link_request out;
    std::string addons;
    std::string create_only;
    const auto take = [](std::string& into, const std::string& value) {
        if (into.empty()) into = value;
    };
    for (const auto& [name, value] : query) {
        if (name == "user_code") take(out.user_code, value);
        if (name == "source") take(out.source, value);
        if (name == "name") take(out.name, value);
        if (name == "desc") take(out.desc, value);
        if (name == "lang") out.lang = value;
        if (name == "clientID") take(out.client_id, value);
        if (name == "createOnly") take(create_only, value);
        if (name == "addons") take(addons, value);
        if (name == "avatar") take_avatar(value, out);
    }
    out.create_only = create_only == "true";
    if (!addons.empty()) read_addons(addons, out);
    if (out.create_only && !out.client_id.empty()) {
        out.dropped.push_back({"clientID: " + out.client_id, reason::create_only});
        out.client_id.clear();
    }
    return out;
}

}  // namespace lark::fake
