// SPDX-License-Identifier: MIT
#include "sealed.hpp"

#include <Poco/DigestEngine.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

using bytes = std::vector<unsigned char>;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

struct freed {
    void operator()(EVP_CIPHER_CTX* c) const noexcept { EVP_CIPHER_CTX_free(c); }
};

void check(int result) {
    if (result != 1) throw std::runtime_error{"cannot be sealed, or opened with this key"};
}

/// Encrypts or decrypts `body` where it stands. The tag, which follows it, is written or compared.
void run_cipher(bool encrypt, const unsigned char* key, const unsigned char* nonce, std::string_view place,
                unsigned char* body, std::size_t size) {
    const std::unique_ptr<EVP_CIPHER_CTX, freed> c{EVP_CIPHER_CTX_new()};
    const auto* const associated = reinterpret_cast<const unsigned char*>(place.data());
    int written = 0;
    check(EVP_CipherInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, key, nonce, encrypt ? 1 : 0));
    check(EVP_CipherUpdate(c.get(), nullptr, &written, associated, static_cast<int>(place.size())));
    check(EVP_CipherUpdate(c.get(), body, &written, body, static_cast<int>(size)));
    if (!encrypt) check(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_SET_TAG, tag_size, body + size));
    check(EVP_CipherFinal_ex(c.get(), body + size, &written));  // writes nothing; decrypting, compares the tag
    if (encrypt) check(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, tag_size, body + size));
}

}  // namespace

seal::seal() {
    const char* text = std::getenv("ONBOARDING_KEY");
    bytes key;
    if (text && std::string_view{text}.find_first_not_of("0123456789abcdef") == std::string_view::npos)
        key = Poco::DigestEngine::digestFromHex(text);
    if (key.size() != key_.size()) throw std::runtime_error{"ONBOARDING_KEY must be 64 hexadecimal digits"};
    std::copy(key.begin(), key.end(), key_.begin());
    OPENSSL_cleanse(key.data(), key.size());
}

seal::~seal() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string seal::close(const lark::secret& text, std::string_view place) const {
    const auto& plain = text.reveal();
    bytes out(nonce_size + plain.size() + tag_size);
    check(RAND_bytes(out.data(), nonce_size));
    std::copy(plain.begin(), plain.end(), out.begin() + nonce_size);
    run_cipher(true, key_.data(), out.data(), place, out.data() + nonce_size, plain.size());
    return Poco::DigestEngine::digestToHex(out);
}

lark::secret seal::open(const std::string& sealed, std::string_view place) const {
    auto in = Poco::DigestEngine::digestFromHex(sealed);
    check(in.size() >= nonce_size + tag_size);
    const auto size = in.size() - nonce_size - tag_size;
    auto* const body = in.data() + nonce_size;
    run_cipher(false, key_.data(), in.data(), place, body, size);
    lark::secret text{std::string{body, body + size}};
    OPENSSL_cleanse(body, size);
    return text;
}

std::string random_id() {
    bytes random(16);
    check(RAND_bytes(random.data(), static_cast<int>(random.size())));
    return Poco::DigestEngine::digestToHex(random);
}
