// SPDX-License-Identifier: MIT
#include "tokens.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace lark::fake {

namespace {

std::string to_hex(const unsigned char* bytes, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

}  // namespace

std::string random_hex(std::size_t bytes) {
    std::vector<unsigned char> drawn(bytes);
    if (RAND_bytes(drawn.data(), static_cast<int>(bytes)) != 1) throw std::runtime_error("no random bytes to be had");
    return to_hex(drawn.data(), drawn.size());
}

std::string hmac_hex(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size))
        throw std::runtime_error("HMAC-SHA256 is not to be had");
    return to_hex(digest.data(), size);
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace lark::fake
