// SPDX-License-Identifier: MIT
#pragma once

#include <lark/string_list.hpp>

#include <optional>
#include <string>

namespace lark::registration {

/// The proposal of the page behind the link for the new app; the user can still change it. `{user}` in a text is filled in
/// by the page with the name of the user who scans. Texts are UTF-8 without NUL.
struct app_preset {
    /// Addresses of pictures to choose from: `.avatar = "https://…"`, or up to 6 in braces. None: the page proposes its own. Each is
    /// not empty and has no control characters; the order is kept. Six long ones make a QR code too large for a terminal: see
    /// `lark::qr`.
    string_list avatar{};
    std::optional<std::string> name{};  ///< not empty
    std::optional<std::string> desc{};  ///< not empty

    friend bool operator==(const app_preset&, const app_preset&) = default;
};

}  // namespace lark::registration
