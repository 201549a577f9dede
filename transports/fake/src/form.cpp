// SPDX-License-Identifier: MIT
#include "form.hpp"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>

namespace lark::fake {

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

}  // namespace lark::fake
