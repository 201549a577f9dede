// SPDX-License-Identifier: MIT
#include "tokens.hpp"

#include <Poco/DigestEngine.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace lark::fake {

std::string random_hex(std::size_t bytes) {
    Poco::DigestEngine::Digest drawn(bytes);
    if (RAND_bytes(drawn.data(), static_cast<int>(bytes)) != 1) throw std::runtime_error("no random bytes to be had");
    return Poco::DigestEngine::digestToHex(drawn);
}

std::string hmac_hex(std::string_view key, std::string_view text) {
    Poco::DigestEngine::Digest digest(EVP_MAX_MD_SIZE);
    unsigned int size = 0;
    if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size))
        throw std::runtime_error("HMAC-SHA256 is not to be had");
    digest.resize(size);
    return Poco::DigestEngine::digestToHex(digest);
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace lark::fake
