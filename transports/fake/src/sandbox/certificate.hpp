// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
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

/// Makes an authority, has it sign a certificate for localhost, 127.0.0.1 and ::1, and forgets the authority's key.
/// Good for a year. Throws `std::runtime_error` if OpenSSL refuses.
[[nodiscard]] made_certificate make_certificate();

/// A file in a new directory among the temporary files, which only its owner may enter; removed with the object.
class temporary_file {
public:
    /// Throws `std::runtime_error` and `std::filesystem::filesystem_error` if it cannot be made.
    temporary_file(const std::string& name, const std::string& content);
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file();

    [[nodiscard]] std::filesystem::path path() const { return directory_ / name_; }

private:
    std::filesystem::path directory_;
    std::string name_;
};

/// Reads certificate chain and key. Throws `std::runtime_error` that names the file at fault.
[[nodiscard]] ssl_context load_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace lark::fake
