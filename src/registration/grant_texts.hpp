// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lark::registration::detail {

/// The texts of a grant that may be shown to the user. A flow keeps them for its whole life, so they share one block of
/// memory, and a text that is part of another takes none: the link as a rule begins with `verification_uri_complete` and has
/// the user code in its query.
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

}  // namespace lark::registration::detail
