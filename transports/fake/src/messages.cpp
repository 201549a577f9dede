// SPDX-License-Identifier: MIT
#include "messages.hpp"

#include <lark/json.hpp>

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>

namespace lark::fake {

namespace {

Poco::URI uri_of(const std::string& url) {
    try {
        return Poco::URI(url);
    } catch (const Poco::SyntaxException&) {
        return {};
    }
}

}  // namespace

std::optional<form_fields> parse_form(std::string_view text) {
    form_fields fields;
    try {
        Poco::URI uri;
        uri.setRawQuery(std::string(text));
        for (auto& [name, value] : uri.getQueryParameters()) {
            if (!fields.emplace(std::move(name), std::move(value)).second) return std::nullopt;
        }
    } catch (const Poco::SyntaxException&) {
        return std::nullopt;
    }
    return fields;
}

std::string_view field(const form_fields& form, std::string_view name) noexcept {
    const auto found = form.find(name);
    return found == form.end() ? std::string_view{} : std::string_view{found->second};
}

bool is_form(const http_request& request) {
    const auto type = find_header(request.headers, "Content-Type");
    if (!type) return false;
    const std::string essence = Poco::trim(std::string(type->substr(0, type->find(';'))));
    return Poco::icompare(essence, "application/x-www-form-urlencoded") == 0;
}

std::string path_of(const std::string& url) { return uri_of(url).getPath(); }

std::string query_of(const std::string& url, std::string_view name) {
    try {
        for (auto& [key, value] : uri_of(url).getQueryParameters())
            if (key == name) return std::move(value);
    } catch (const Poco::SyntaxException&) {
        return {};  // a broken escape
    }
    return {};
}

std::string object(const std::vector<json_field>& members) {
    std::string text = "{";
    for (const auto& m : members) {
        if (text.size() > 1) text += ',';
        text += json::quote(m.name) + ":" + m.json;
    }
    return text + "}";
}

http_response json_response(int status, const std::vector<json_field>& members) {
    return {
        status, {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}}, object(members)};
}

modelled_reply error_answer(int status, std::string_view error, std::string_view description,
                            const std::vector<json_field>& more) {
    std::vector<json_field> members{{"error", json::quote(error)}, {"error_description", json::quote(description)}};
    members.insert(members.end(), more.begin(), more.end());
    return {json_response(status, members), std::string(error)};
}

}  // namespace lark::fake
