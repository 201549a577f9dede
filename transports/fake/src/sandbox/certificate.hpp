// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/sandbox.hpp>

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace lark::fake {

struct ssl_context_deleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using ssl_context = std::unique_ptr<SSL_CTX, ssl_context_deleter>;

struct made_certificate {
    ssl_context context;  ///< for a server: TLS 1.2 or newer
    std::string ca_pem;   ///< what a client must trust
};

/// Makes an authority, has it sign a certificate for localhost, 127.0.0.1 and ::1, and forgets the authority's key. Good
/// for a year. Throws `std::runtime_error` if OpenSSL refuses.
[[nodiscard]] made_certificate make_certificate();

/// Reads certificate chain and key. Throws `std::runtime_error` that names the file at fault.
[[nodiscard]] ssl_context load_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace lark::fake
