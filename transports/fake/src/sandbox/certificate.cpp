// SPDX-License-Identifier: MIT
#include "certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace lark::fake {

namespace {

template <auto release>
struct releaser {
    template <class T>
    void operator()(T* p) const noexcept {
        release(p);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, releaser<X509_EXTENSION_free>>;
using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;

[[noreturn]] void fail(const std::string& what) {
    const auto number = ERR_get_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(number)) {
        throw std::runtime_error(what + ": " + std::generic_category().message(ERR_GET_REASON(number)));
    }
    const char* reason = number ? ERR_reason_error_string(number) : nullptr;
    throw std::runtime_error(reason ? what + ": " + reason : what);
}

void check(bool good, const char* what) {
    if (!good) fail(what);
}

key_ptr make_key() {
    key_ptr key{EVP_EC_gen("P-256")};
    check(key != nullptr, "making a key");
    return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const extension_ptr extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value)};
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "making a certificate");
}

x509_ptr make_unsigned(const char* name, EVP_PKEY* key) {
    constexpr long hour = 3600;
    x509_ptr certificate{X509_new()};
    check(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "making a certificate");
    // A number of its own each time: clients remember issuer and number, and refuse a second use for another key.
    std::uint64_t serial = 0;
    check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "drawing a serial number");
    check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1) == 1, "making a certificate");
    check(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -hour) != nullptr, "making a certificate");
    check(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 365 * 24 * hour) != nullptr, "making a certificate");
    check(X509_set_pubkey(certificate.get(), key) == 1, "making a certificate");
    check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1,
          "making a certificate");
    return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "making a certificate");
    check(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "signing a certificate");
}

ssl_context make_context() {
    ssl_context context{SSL_CTX_new(TLS_server_method())};
    check(context != nullptr, "making a TLS context");
    check(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1, "setting the TLS version");
    constexpr unsigned char id[] = "lark-sandbox";
    check(SSL_CTX_set_session_id_context(context.get(), id, sizeof id - 1) == 1, "naming the TLS sessions");
    return context;
}

std::string to_pem(X509* certificate) {
    const bio_ptr memory{BIO_new(BIO_s_mem())};
    check(memory && PEM_write_bio_X509(memory.get(), certificate) == 1, "writing a certificate");
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

made_certificate make_certificate() {
    const auto ca_key = make_key();
    const auto ca = make_unsigned("lark-registration sandbox authority", ca_key.get());
    X509* const ca_ptr = ca.get();
    check(X509_set_issuer_name(ca_ptr, X509_get_subject_name(ca_ptr)) == 1, "making a certificate");
    add_extension(ca_ptr, ca_ptr, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(ca_ptr, ca_ptr, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(ca_ptr, ca_ptr, NID_subject_key_identifier, "hash");
    sign(ca_ptr, ca_ptr, ca_key.get());

    const auto key = make_key();
    const auto leaf = make_unsigned("localhost", key.get());
    add_extension(leaf.get(), ca_ptr, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf.get(), ca_ptr, NID_key_usage, "critical,digitalSignature");
    add_extension(leaf.get(), ca_ptr, NID_ext_key_usage, "serverAuth");
    add_extension(leaf.get(), ca_ptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    add_extension(leaf.get(), ca_ptr, NID_subject_key_identifier, "hash");
    add_extension(leaf.get(), ca_ptr, NID_authority_key_identifier, "keyid:always");
    sign(leaf.get(), ca_ptr, ca_key.get());

    auto context = make_context();
    check(SSL_CTX_use_certificate(context.get(), leaf.get()) == 1, "using the certificate");
    check(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "using the key");
    return {std::move(context), to_pem(ca_ptr)};
}

temporary_file::temporary_file(const std::string& name, const std::string& content) : name_(name) {
    const auto among = std::filesystem::temp_directory_path();
    auto directory = (among / "lark-sandbox-XXXXXX").string();
    if (::mkdtemp(directory.data()) ==
        nullptr)  // only one that it makes: an existing name may be the link of an attacker
        throw std::runtime_error("no temporary directory can be made in " + among.string());
    directory_ = std::move(directory);
    std::ofstream file(path());
    if (!(file << content << std::flush)) throw std::runtime_error("cannot write " + path().string());
}

temporary_file::~temporary_file() {
    std::error_code ignored;  // the cleaner of temporary files removes the rest
    std::filesystem::remove_all(directory_, ignored);
}

ssl_context load_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    auto context = make_context();
    // A library does not ask the terminal for a passphrase: an encrypted key is one that cannot be used.
    SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
        fail("cannot use the certificate " + certificate.string());
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
        fail("cannot use the key " + key.string());
    }
    if (SSL_CTX_check_private_key(context.get()) != 1) fail("the key " + key.string() + " is not the certificate's");
    return context;
}

}  // namespace lark::fake
