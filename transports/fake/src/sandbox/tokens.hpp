// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Texts that cannot be guessed, for the pages.
namespace lark::fake {

/// So many random bytes, in hexadecimal: for nonces and keys. Throws `std::runtime_error` if there is no randomness.
[[nodiscard]] std::string random_hex(std::size_t bytes);

/// HMAC-SHA256 in hexadecimal. Throws `std::runtime_error` if OpenSSL refuses.
[[nodiscard]] std::string hmac_hex(std::string_view key, std::string_view text);

/// Compares in a time that does not tell where the two differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b) noexcept;

}  // namespace lark::fake
