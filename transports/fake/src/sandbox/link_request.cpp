// SPDX-License-Identifier: MIT
#include "link_request.hpp"

#include "addons_reader.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

namespace lark::fake {

namespace {

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
    if (!is_web_address(url)) out.dropped.push_back({"avatar: " + url, dropped_item::reason::no_web_address});
    else if (out.avatars.size() >= max_avatars)
        out.dropped.push_back({"avatar: " + url, dropped_item::reason::too_many});
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
        out.dropped.push_back({"clientID: " + out.client_id, dropped_item::reason::create_only});
        out.client_id.clear();
    }
    return out;
}

}  // namespace lark::fake
