// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/string_list.hpp>

#include <optional>
#include <string_view>

/// The scopes, events and callbacks that a new app gets beyond the page's defaults. The members are named as in the
/// payload (protocol.md, section 5), since the page drops all of it in silence if the shape is off.
namespace lark::registration {

/// The two sides from which an app acts.
struct addon_groups {
    string_list tenant{};  ///< the app itself
    string_list user{};    ///< in a user's name

    friend bool operator==(const addon_groups&, const addon_groups&) = default;
};

/// Events that the app hears of.
struct addon_events {
    addon_groups items{};  ///< names of events

    friend bool operator==(const addon_events&, const addon_events&) = default;
};

/// Callbacks that the app answers.
struct addon_callbacks {
    string_list items{};  ///< names of callbacks

    friend bool operator==(const addon_callbacks&, const addon_callbacks&) = default;
};

/// `{.scopes = {.tenant = {"im:message"}}}`. Every item is a non-empty string of UTF-8 without control characters;
/// there is at least one in all, unless `preset` is false. The page drops names that it does not know, in silence.
struct addons {
    std::optional<bool> preset{};  ///< false: start from the minimal base instead of the page's usual set
    addon_groups scopes{};         ///< such as `im:message`
    addon_events events{};         ///< such as `im.message.receive_v1`
    addon_callbacks callbacks{};   ///< such as `card.action.trigger`

    friend bool operator==(const addons&, const addons&) = default;
};

/// Reads a manifest: a JSON object of the shape
/// `{"preset":bool, "scopes":{"tenant":[…],"user":[…]}, "events":{"items":{"tenant":[…],"user":[…]}},
/// "callbacks":{"items":[…]}}`, any part left out. Throws `invalid_option` naming the key for anything else, unknown
/// keys included. The items of the lists are checked with the other options, by the constructor of `flow`. From any
/// thread; also throws `std::bad_alloc`.
[[nodiscard]] LARK_EXPORT addons addons_from_json(std::string_view manifest);

}  // namespace lark::registration
