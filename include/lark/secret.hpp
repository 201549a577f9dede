// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>

#include <string>
#include <string_view>

namespace lark {

/// A text that must not show up by accident: a client secret, a device code, a token.
///
/// There is no `operator<<` and no conversion to a string; `reveal()` gives the text. The memory is wiped
/// when the object is destroyed, assigned to, or moved from. Copies that others make of the revealed text (Poco,
/// OpenSSL, the kernel, the caller) are out of reach.
///
/// Threads: like `std::string`. Throws: `std::bad_alloc` when copying or constructing, nothing else.
class LARK_EXPORT secret {
public:
    secret() noexcept = default;
    explicit secret(std::string text);       ///< takes the text over, and wipes the argument
    explicit secret(std::string_view text);  ///< copies the text
    explicit secret(const char* text);       ///< copies up to the NUL
    secret(const secret& other) = default;
    secret(secret&& other) noexcept;             ///< `other` is empty and wiped then
    secret& operator=(const secret& other);      ///< wipes the former text
    secret& operator=(secret&& other) noexcept;  ///< wipes the former text, and `other`
    ~secret();

    /// The text itself. The reference lives until the object is assigned to, moved from, or destroyed.
    [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }  ///< whether there is no text

    friend bool operator==(const secret& a, const secret& b) noexcept { return a.text_ == b.text_; }  ///< same text

private:
    std::string text_;
};

}  // namespace lark
