// SPDX-License-Identifier: MIT
#pragma once

#include <lark/secret.hpp>

#include <array>
#include <string>
#include <string_view>

/// AES-256-GCM with the key from the environment variable `ONBOARDING_KEY`: 64 hexadecimal digits, as `openssl rand
/// -hex 32` prints them. With random nonces a key is good for 2^32 texts (NIST SP 800-38D, 8.3): change it before then.
class seal {
public:
    seal();   ///< throws `std::runtime_error` without a key
    ~seal();  ///< wipes the key
    seal(const seal&) = delete;
    seal& operator=(const seal&) = delete;

    /// Nonce, ciphertext and tag in hexadecimal. `place` is where the text is stored: it opens in no other row or
    /// column.
    [[nodiscard]] std::string close(const lark::secret& text, std::string_view place) const;

    /// Throws `std::runtime_error` if it was sealed with another key or for another place, or was changed since.
    [[nodiscard]] lark::secret open(const std::string& sealed, std::string_view place) const;

private:
    std::array<unsigned char, 32> key_{};
};

/// 128 random bits in hexadecimal.
[[nodiscard]] std::string random_id();
