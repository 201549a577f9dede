// SPDX-License-Identifier: MIT
#include <lark/open_platform/scopes.hpp>

#include "base/text.hpp"
#include "open_platform/request_error.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace lark::open_platform {
namespace {

using names = std::vector<std::string>;

bool has(const names& all, std::string_view name) { return std::find(all.begin(), all.end(), name) != all.end(); }

bool lists(const json& token_types, std::string_view type) {
    for (std::size_t i = 0; i < token_types.size(); ++i)
        if (token_types[i].as_string() == type) return true;
    return false;
}

names missing(const names& asked, const names& granted) {
    names out;
    for (const auto& name : asked)
        if (!has(granted, name) && !has(out, name)) out.push_back(name);
    return out;
}

}  // namespace

api_request granted_scopes_request() {
    // The names of scopes are the same in every language.
    return {.method = "GET", .path = "/open-apis/application/v6/applications/me", .query = {{"lang", "en_us"}}};
}

std::variant<registration::addon_groups, api_failure> read_granted_scopes(const api_response& response) {
    const auto app = response.data["app"];
    if (app.kind() != json::type::object)
        return detail::missing("the reply has no app", response.http_status, response.request_id);
    registration::addon_groups granted;
    const auto scopes = app["scopes"];
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        const auto name = scopes[i]["scope"].as_string().value_or("");
        if (name.empty()) continue;
        const auto types = scopes[i]["token_types"];
        const std::string kept{base::cut(name, base::text_cap)};
        if (types.size() == 0 || lists(types, "tenant")) granted.tenant.push_back(kept);
        if (types.size() == 0 || lists(types, "user")) granted.user.push_back(kept);
    }
    return granted;
}

registration::addon_groups missing_scopes(const registration::addon_groups& asked,
                                          const registration::addon_groups& granted) {
    return {missing(asked.tenant, granted.tenant), missing(asked.user, granted.user)};
}

}  // namespace lark::open_platform
