// SPDX-License-Identifier: MIT
#include "poco_certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace lark::test {
namespace {

void check(bool good, const char* what) {
    if (!good) throw std::runtime_error{std::string{"test certificate: "} + what};
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    check(extension != nullptr, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

identity make(const std::string& name, const identity* issuer, const certificate_wish& wish, bool signs) {
    static long serial = 1;
    identity result;
    result.key = {EVP_EC_gen("P-256"), openssl_free{}};
    result.certificate = {X509_new(), openssl_free{}};
    X509* certificate = result.certificate.get();
    check(result.key && certificate != nullptr, "no memory");
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_time_adj_ex(X509_getm_notBefore(certificate), static_cast<int>(wish.from_days), 0, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(wish.to_days), 0, nullptr);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, result.key.get());
    if (signs) {
        extend(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
        extend(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else if (!wish.names.empty()) {
        extend(certificate, signer, NID_subject_alt_name, wish.names);
    }
    check(X509_sign(certificate, (issuer != nullptr ? issuer->key : result.key).get(), EVP_sha256()) > 0, "signing");
    return result;
}

}  // namespace

authority::authority(const std::string& name) : self_{make(name, nullptr, {{}, -30, 365}, true)} {}

authority::authority(const std::string& name, const authority& issuer)
    : self_{make(name, &issuer.self_, {{}, -30, 365}, true)} {}

identity authority::issue(const certificate_wish& wish) const { return make(wish.common_name, &self_, wish, false); }

std::string authority::pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), &BIO_free};
    check(out && PEM_write_bio_X509(out.get(), self_.certificate.get()) == 1, "pem");
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string authority::hashed_name() const {
    char name[16];
    std::snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(self_.certificate.get()));
    return name;
}

temporary_file::temporary_file(const std::string& content)
    : path_{(std::filesystem::temp_directory_path() / "lark-test-XXXXXX").string()} {
    const int fd = ::mkstemp(path_.data());
    check(fd >= 0 && ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()),
          "temporary file");
    ::close(fd);
}

temporary_file::~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

}  // namespace lark::test
