// SPDX-License-Identifier: MIT
#include "answer.hpp"

#include <Poco/JSONString.h>

namespace lark::fake {

std::string json_string(std::string_view text) { return Poco::toJSON(std::string(text)); }

std::string object(const std::vector<json_field>& members) {
    std::string text = "{";
    for (const auto& m : members) {
        if (text.size() > 1) text += ',';
        text += json_string(m.name) + ":" + m.json;
    }
    return text + "}";
}

http_response json_response(int status, const std::vector<json_field>& members) {
    return {
        status, {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}}, object(members)};
}

}  // namespace lark::fake
