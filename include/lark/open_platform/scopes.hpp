// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/registration/addons.hpp>

#include <variant>

/// The scopes of an app: the page of a registration drops names that it does not know, in silence (protocol.md, section
/// 5), so a program that asked for scopes looks here which of them it has.
namespace lark::open_platform {

/// The call that returns the scopes that are granted to the app itself. It needs one of the scopes
/// `application:application:self_manage` and `admin:app.info:readonly`, else the platform refuses it with
/// `api_code::missing_scope` (protocol.md, section 6). From any thread; throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT api_request granted_scopes_request();

/// Reads the reply of that call, in the order of the reply. A scope without token types counts on both sides, each name
/// has up to 1 KiB. A failure of kind `bad_reply` if the reply describes no app. From any thread; throws
/// `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT std::variant<registration::addon_groups, api_failure> read_granted_scopes(
    const api_response& response);

/// Those of `asked` that are not in `granted` on the same side, each once, in the order of `asked`. From any thread;
/// throws `std::bad_alloc` only.
[[nodiscard]] LARK_EXPORT registration::addon_groups missing_scopes(const registration::addon_groups& asked,
                                                                    const registration::addon_groups& granted);

}  // namespace lark::open_platform
