// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/addons.hpp>

#include <optional>
#include <string>
#include <vector>

namespace lark::fake {

/// Something in the link that the page leaves out, and why. `what` names it as the link does.
struct dropped_item {
    enum class reason {
        too_many,        ///< more than six avatars
        no_web_address,  ///< an avatar that is not an http or https URL
        no_name,         ///< a scope, event or callback that is not of the form that these names have
        unreadable,      ///< addons that are not base64url, gzip or JSON
        too_large,       ///< addons that are over 64 KiB when inflated
        unknown_key,     ///< the whole addons: a key that does not belong there
        wrong_shape,     ///< the whole addons: a value of the wrong kind
        empty,           ///< the whole addons: nothing is asked for, and `preset` is not false
        create_only,     ///< `clientID` where `createOnly` is set
    };
    std::string what;
    reason why;
};

/// The parameters of a link (protocol.md, sections 2 and 5).
struct link_request {
    std::string user_code{};
    std::string source{};
    std::string name{};
    std::string desc{};
    std::vector<std::string> avatars{};
    std::optional<registration::addons> addons{};  ///< if there are any, and they are good
    bool create_only = false;
    std::string client_id{};  ///< of the app to be updated; empty: a new one
    std::string lang{};
    std::vector<dropped_item> dropped{};
};

/// Reads a request target such as `/page/launcher?user_code=…`. Of a parameter given twice the first counts, but for
/// `avatar`. A parameter that cannot be read is left out; the query as a whole counts as empty if an escape in it is
/// broken.
[[nodiscard]] link_request read_link(const std::string& target);

}  // namespace lark::fake
