// SPDX-License-Identifier: MIT
#pragma once

#include <lark/secret.hpp>

#include <string_view>

/// The bodies of the three requests: protocol.md, section 1.
namespace lark::registration::detail {

inline constexpr std::string_view init_body = "action=init";
inline constexpr std::string_view begin_body =
    "action=begin&archetype=PersonalAgent&auth_method=client_secret&request_user_info=open_id+tenant_brand";

/// The body of a poll. Throws `std::bad_alloc`.
[[nodiscard]] secret poll_body(const secret& device_code);

/// The device code as it goes over the wire, which a peer may quote as well as the code itself: a view into the body of a
/// poll; empty if that is.
[[nodiscard]] std::string_view escaped_code_in(const secret& poll_body) noexcept;

/// The device code itself, for a flow keeps the body alone. Throws `std::bad_alloc`.
[[nodiscard]] secret device_code_in(const secret& poll_body);

}  // namespace lark::registration::detail
