#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lark::registration {

/// The proposal of the page behind the link for the new app; the user can still change it. `{user}` in a text is filled in
/// by the page with the name of the user who scans. Texts are UTF-8 without NUL.
struct app_preset {
    /// Addresses of pictures to choose from, 1 to 6, not empty, without control characters; the order is kept. Six long ones
    /// make a QR code too large for a terminal: see `lark::qr`.
    std::optional<std::vector<std::string>> avatar{};
    std::optional<std::string> name{};  ///< not empty
    std::optional<std::string> desc{};  ///< not empty

    friend bool operator==(const app_preset&, const app_preset&) = default;
};

}  // namespace lark::registration
