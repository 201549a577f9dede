// SPDX-License-Identifier: MIT
#pragma once

#include <lark/secret.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace lark::registration::detail {

// The bodies of the three requests: protocol.md, section 1.

inline constexpr std::string_view init_body = "action=init";
inline constexpr std::string_view begin_body =
    "action=begin&archetype=PersonalAgent&auth_method=client_secret&request_user_info=open_id+tenant_brand";

/// The body of a poll. Throws `std::bad_alloc`.
[[nodiscard]] secret poll_body(const secret& device_code);

/// The device code as it goes over the wire, which a peer may quote as well as the code itself: a view into the body of
/// a poll; empty if that is.
[[nodiscard]] std::string_view escaped_code_in(const secret& poll_body) noexcept;

/// The device code itself, for a flow keeps the body alone. Throws `std::bad_alloc`.
[[nodiscard]] secret device_code_in(const secret& poll_body);

/// The texts of a grant that may be shown to the user. A flow keeps them for its whole life, so they share one block of
/// memory, and a text that is part of another takes none: the link as a rule begins with `verification_uri_complete`
/// and has the user code in its query.
///
/// The views live until the object changes. After a move from it an object can only be assigned to or destroyed.
class grant_texts {
public:
    struct views {
        std::string_view link{};                       ///< as shown
        std::string_view verification_uri_complete{};  ///< as the service sent it
        std::string_view verification_uri{};
        std::string_view user_code{};
    };

    grant_texts() noexcept = default;
    /// Copies the texts, which together are under 4 GiB: they come from a reply or a snapshot. Throws `std::bad_alloc`.
    explicit grant_texts(const views& of);

    [[nodiscard]] views get() const noexcept {
        return {view(link_), view(verification_uri_complete_), view(verification_uri_), view(user_code_)};
    }
    /// Drops the texts, and the memory that held them.
    void release() noexcept;

private:
    struct part {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };
    [[nodiscard]] std::string_view view(part of) const noexcept { return {text_.data() + of.begin, of.size}; }

    std::string text_{};
    part link_{};
    part verification_uri_complete_{};
    part verification_uri_{};
    part user_code_{};
};

/// The contents of a good begin reply: the link or the user code is enough to approve, the device code to poll.
struct device_grant {
    secret poll_body{};   ///< with the device code; empty before the grant and after the end
    grant_texts texts{};  ///< kept for snapshots, and to know them in a text
};

}  // namespace lark::registration::detail
