// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

/// Certificates made at run time, so that the tests contain none that could expire.
namespace lark::test {

struct openssl_free {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

/// A certificate and its key; shared, constant.
struct identity {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
};

struct certificate_wish {
    std::string names = "DNS:localhost,DNS:accounts.test,IP:127.0.0.1";  ///< subjectAltName; empty: none
    long from_days = -1;
    long to_days = 30;
    std::string common_name = "lark test server";
};

class authority {
public:
    explicit authority(const std::string& name = "lark test CA");
    /// An intermediate one.
    authority(const std::string& name, const authority& issuer);
    [[nodiscard]] identity issue(const certificate_wish& wish = {}) const;
    [[nodiscard]] std::string pem() const;
    /// The name of its file in a folder of `openssl rehash`.
    [[nodiscard]] std::string hashed_name() const;

private:
    identity self_;
};

/// A file in the temporary folder, removed by the destructor.
class temporary_file {
public:
    explicit temporary_file(const std::string& content);
    ~temporary_file();
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

}  // namespace lark::test
