// SPDX-License-Identifier: MIT
#include <lark/open_platform/bot_info.hpp>

#include "base/text.hpp"
#include "open_platform/request_error.hpp"

#include <cstddef>
#include <ostream>

namespace lark::open_platform {
namespace {

activate_status status_of(std::int64_t number) noexcept {
    return number >= 0 && number <= 6 ? static_cast<activate_status>(number) : activate_status::unknown;
}

std::string text_of(const json& value, std::size_t cap = base::text_cap) {
    return std::string{base::cut(value.as_string().value_or(""), cap)};
}

}  // namespace

std::string_view to_string(activate_status status) noexcept {
    switch (status) {
    case activate_status::initial: return "not enabled yet";
    case activate_status::disabled: return "disabled by the tenant";
    case activate_status::enabled: return "enabled";
    case activate_status::to_be_enabled: return "to be enabled";
    case activate_status::upgrade_pending: return "waiting for an upgrade";
    case activate_status::licence_expired: return "licence expired";
    case activate_status::plan_expired: return "tenant's plan expired";
    case activate_status::unknown: break;
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, activate_status status) { return out << to_string(status); }

api_request bot_info_request() { return {.method = "GET", .path = "/open-apis/bot/v3/info"}; }

std::variant<bot_info, api_failure> read_bot_info(const api_response& response) {
    const auto bot = response.body["bot"];
    if (bot.kind() != json::type::object)
        return detail::missing("the reply has no bot", response.http_status, response.request_id);
    return bot_info{status_of(bot["activate_status"].as_integer().value_or(-1)), text_of(bot["app_name"]),
                    text_of(bot["avatar_url"], base::url_cap), text_of(bot["open_id"])};
}

}  // namespace lark::open_platform
