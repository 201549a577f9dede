// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/options.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lark::registration::detail {

/// The parameters that the link gets (protocol.md, section 2), encoded: `from=sdk&tp=sdk&source=…`. `opts` has been
/// checked.
[[nodiscard]] std::string link_parameters(const options& opts);

/// True if a user may be sent there: an absolute `https` URL with a host, without user info, control characters, spaces
/// or backslashes; `http` only to loopback, and only if `http_to_loopback`.
[[nodiscard]] bool is_fit_for_user(std::string_view url, bool http_to_loopback) noexcept;

/// The fault that keeps an address of the service from becoming a link, or nothing: over 16 KiB, or not fit for a user.
[[nodiscard]] std::optional<std::string_view> check_address(std::string_view url, bool http_to_loopback) noexcept;

/// The part of a text of the service that is kept: its first KiB.
[[nodiscard]] std::string_view truncated(std::string_view text) noexcept;

/// The parts of a begin reply that a link is made from.
struct link_source {
    std::string_view verification_uri_complete;
    std::string_view user_code;
};

/// Which link the options ask for.
struct link_choice {
    link_style style{};
    std::optional<brand> host{};  ///< `link_brand`
};

/// True if the link is made from the user code alone, and not from `verification_uri_complete`.
[[nodiscard]] constexpr bool is_made_from_code(const link_choice& choice) noexcept {
    return choice.style == link_style::cli_page || choice.host;
}

/// The link before it gets its parameters; empty if it needs a user code and there is none.
[[nodiscard]] std::string link_base(const link_choice& choice, const link_source& from);

/// `url`, which is fit for the user, with its query rewritten: its own parameters byte for byte, but for those that
/// `parameters` sets, then `parameters`. Everything else byte for byte too; non-ASCII percent-encoded.
[[nodiscard]] std::string build_link(std::string_view url, std::string_view parameters);

}  // namespace lark::registration::detail
