// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/open_platform/api.hpp>

#include <iosfwd>
#include <string>
#include <string_view>
#include <variant>

namespace lark::open_platform {

/// The state of an app in its tenant (`activate_status`; protocol.md, section 6).
enum class activate_status {
    initial = 0,          ///< never enabled
    disabled = 1,         ///< switched off by the tenant
    enabled = 2,          ///< works
    to_be_enabled = 3,    ///< installed, but not enabled
    upgrade_pending = 4,  ///< a new version waits to be enabled
    licence_expired = 5,  ///< its licence is over
    plan_expired = 6,     ///< the tenant's plan is over
    unknown = -1,         ///< another number, or no number
};

/// `enabled`, `to be enabled`…, for people.
[[nodiscard]] LARK_EXPORT std::string_view to_string(activate_status status) noexcept;
LARK_EXPORT std::ostream& operator<<(std::ostream& out, activate_status status);  ///< as `to_string`

/// The app as the tenant sees it, in the service's words: show it through `lark::printable`. Each text up to 1 KiB,
/// the URL up to 16 KiB; empty where the service gave none.
struct bot_info {
    open_platform::activate_status activate_status = open_platform::activate_status::unknown;  ///< state in the tenant
    std::string app_name{};                                                                    ///< the app's name
    std::string avatar_url{};                                                                  ///< the app's picture
    std::string open_id{};                                                                     ///< of the bot
    /// True if the app works.
    [[nodiscard]] bool enabled() const noexcept { return activate_status == open_platform::activate_status::enabled; }
    friend bool operator==(const bot_info&, const bot_info&) = default;
};

/// The call that returns it. From any thread; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT api_request bot_info_request();

/// Reads the reply of that call: `bot` stands beside `code`. A failure of kind `bad_reply` if there is no such object.
/// From any thread; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT std::variant<bot_info, api_failure> read_bot_info(const api_response& response);

}  // namespace lark::open_platform
