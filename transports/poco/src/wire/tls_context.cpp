// SPDX-License-Identifier: MIT
#include "wire/tls_context.hpp"

#include "wire/openssl_errors.hpp"

#include <lark/text.hpp>

#include <Poco/Crypto/Crypto.h>
#include <Poco/Net/IPAddress.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <new>
#include <string_view>

namespace lark::poco::detail {
namespace {

using Poco::Net::Context;
using registration::invalid_option;

constexpr const char* own_advice =
    "a private CA is named by the option ca_file or ca_dir, or by SSL_CERT_FILE in the environment";

std::string one_line(X509_NAME* name) {
    char text[256];
    return name != nullptr && X509_NAME_oneline(name, text, sizeof text) != nullptr ? lark::printable(text)
                                                                                    : std::string{"?"};
}

/// For our own context: a failed verification stays failed, and the certificate is kept for the error's text. Poco's
/// callback would ask the user's process-wide `SSLManager`.
int keep_verdict(int ok, X509_STORE_CTX* store) {
    if (ok == 1) return ok;
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* of = ssl != nullptr ? static_cast<tls_socket*>(SSL_get_app_data(ssl)) : nullptr;
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (of != nullptr && certificate != nullptr) {
        of->has_alternative_name = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) >= 0;
        try {
            of->refused = "subject " + one_line(X509_get_subject_name(certificate)) + ", issuer " +
                          one_line(X509_get_issuer_name(certificate)) + ", depth " +
                          std::to_string(X509_STORE_CTX_get_error_depth(store));
        } catch (const std::bad_alloc&) {  // must not cross OpenSSL's frames; the verdict stands without it
            of->refused.clear();
        }
    }
    return ok;
}

/// The server asks for a client certificate, and our own context has none.
int note_request(SSL*, void* of) {
    static_cast<tls_socket*>(of)->certificate_wanted = true;
    return 1;
}

bool has_hashed_certificate(const std::string& folder) {
    std::error_code ignored;
    for (std::filesystem::directory_iterator it{folder, ignored}, end; it != end; it.increment(ignored)) {
        const auto name = it->path().filename().string();
        if (name.size() >= 10 && name[8] == '.' &&
            std::all_of(name.begin(), name.begin() + 8, [](unsigned char c) { return std::isxdigit(c) != 0; }))
            return true;
    }
    return false;
}

/// Certificates in PEM form. Leaves OpenSSL's reason in its queue.
bool load_file(SSL_CTX* context, const std::string& file) {
    ERR_clear_error();
    return SSL_CTX_load_verify_file(context, file.c_str()) == 1;
}

void load_folder(SSL_CTX* context, const std::string& folder) {
    if (SSL_CTX_load_verify_dir(context, folder.c_str()) != 1) throw std::bad_alloc{};
}

/// `ca_file`: the caller's option has to be right.
void trust_file(SSL_CTX* context, const std::string& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        throw invalid_option{"ca_file", "names a file that does not exist: " + file};
    if (!load_file(context, file)) {
        const auto why = openssl_reason();
        throw invalid_option{"ca_file", "names a file without a readable certificate in PEM form: " + file +
                                            (why.empty() ? "" : " (" + why + ")")};
    }
}

void trust_folder(SSL_CTX* context, const std::string& folder) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) throw invalid_option{"ca_dir", "names no folder: " + folder};
    if (!has_hashed_certificate(folder))
        throw invalid_option{"ca_dir", "names a folder without certificates hashed by openssl rehash: " + folder};
    load_folder(context, folder);
}

/// The folders of SSL_CERT_DIR, separated by colons. Returns whether one of them has certificates.
bool trust_folders(SSL_CTX* context, const std::string& list) {
    bool found = false;
    for (std::string_view rest = list; !rest.empty();) {
        const auto colon = std::min(rest.find(':'), rest.size());
        const std::string folder{rest.substr(0, colon)};
        rest.remove_prefix(std::min(colon + 1, rest.size()));
        if (folder.empty() || !has_hashed_certificate(folder)) continue;
        load_folder(context, folder);
        found = true;
    }
    return found;
}

/// The roots of the environment and of the system. OpenSSL's rules hold: a variable replaces the system's folder or
/// file, and what it names is skipped if it is not there. Returns advice for a certificate that is not trusted.
///
/// The folder is read certificate by certificate when needed (0.1 ms), the bundle at once and whole (17 ms), so the
/// bundle is for systems without a hashed folder. The paths are given by name: the functions for OpenSSL's default
/// paths would read the environment again, where a variable that is set but empty leaves nothing.
std::string trust_system(SSL_CTX* context, const environment& env) {
    const std::string system_folder = X509_get_default_cert_dir(), system_file = X509_get_default_cert_file();
    std::string skipped;
    bool found = false;
    if (env.cert_dir) {
        found = trust_folders(context, env.cert_dir->value);
        if (!found)
            skipped = "SSL_CERT_DIR in the environment was skipped: no certificates hashed by openssl rehash in " +
                      env.cert_dir->value;
    } else if (has_hashed_certificate(system_folder)) {
        load_folder(context, system_folder);
        found = true;
    }
    if (env.cert_file) {
        const bool loaded = load_file(context, env.cert_file->value);
        found = found || loaded;
        if (!loaded)
            skipped += (skipped.empty() ? "" : "; ") +
                       ("SSL_CERT_FILE in the environment was skipped: no readable certificate in PEM form in " +
                        env.cert_file->value);
    } else if (!found) {
        found = load_file(context, system_file);
    }
    ERR_clear_error();
    if (found) return std::string{own_advice} + (skipped.empty() ? "" : "; " + skipped);
    if (!skipped.empty()) return "no certificate is trusted at all: " + skipped;
    return "no certificate is trusted at all: this machine has none in " + system_folder + " or " + system_file +
           "; install the package ca-certificates, or name a file by the option ca_file";
}

/// Poco's contexts share a table that it frees with the last of them and allocates with the next one, without a lock,
/// so that two threads may crash (Poco's issue 1498). One that is counted here and never given back keeps the table.
void keep_poco_initialised() {
    static const bool done = (Poco::Crypto::initializeCrypto(), true);
    static_cast<void>(done);
}

/// `advice` is set.
Context::Ptr make_context(const http_options& options, const environment& env, std::string& advice) {
    keep_poco_initialised();
    Context::Params params;
    params.verificationMode = Context::VERIFY_STRICT;
    // X25519 first: the key share goes out with it, and a handshake is a third cheaper than with Poco's X448.
    params.ecdhCurve = "X25519:P-256:X448:P-521:P-384";
    Context::Ptr context = new Context{Context::TLS_CLIENT_USE, params};
    SSL_CTX* raw = context->sslContext();
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, keep_verdict);
    // A trusted certificate need not be a root: a file with the issuing CA alone is enough, as with curl.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_PARTIAL_CHAIN);
    advice = own_advice;
    if (options.ca_file.empty() && options.ca_dir.empty()) advice = trust_system(raw, env);
    if (!options.ca_file.empty()) trust_file(raw, options.ca_file);
    if (!options.ca_dir.empty()) trust_folder(raw, options.ca_dir);
    return context;
}

Context::Ptr checked_context(const http_options& options) {
    keep_poco_initialised();
    if (options.context->isForServerUse()) throw invalid_option{"context", "must be made for client use"};
    if (!options.ca_file.empty() || !options.ca_dir.empty())
        throw invalid_option{"context", "brings its own certificates and cannot be combined with ca_file or ca_dir"};
    return {options.context.get(), true};  // shared with the caller
}

}  // namespace

tls_context::tls_context(const http_options& options, const environment& env)
    : advice_{"the certificates to trust are those of the given context"},
      context_{options.context ? checked_context(options) : make_context(options, env, advice_)},
      own_{!options.context} {}

ssl_ptr tls_context::connect(tls_socket& over, const std::string& host, SSL_SESSION* resume) const {
    ssl_ptr ssl{SSL_new(context_->sslContext())};
    if (!ssl) throw std::bad_alloc{};
    SSL_set_connect_state(ssl.get());
    if (own_) {
        SSL_set_app_data(ssl.get(), &over);
        SSL_set_cert_cb(ssl.get(), note_request, &over);
    }
    // Idle connections give their 34 KB of buffers back.
    SSL_set_mode(ssl.get(),
                 SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One call of the kernel for a record instead of two. A reply is read until no more is wanted, so nothing is
    // forgotten.
    SSL_set_read_ahead(ssl.get(), 1);
    if (SSL_get_min_proto_version(ssl.get()) < TLS1_2_VERSION) SSL_set_min_proto_version(ssl.get(), TLS1_2_VERSION);
    // The name is verified with the chain, inside the handshake: a wrong host's server never sees a request, however
    // slow the handshake, and on loopback just as anywhere else.
    Poco::Net::IPAddress address;
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl.get());
    // RFC 9525, 2: the name is looked for in subjectAltName alone, never in the subject.
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const bool literal = Poco::Net::IPAddress::tryParse(host, address);
    // RFC 6066, 3: without the trailing dot, which no certificate has either.
    const auto name = !literal && host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
    const bool named = literal ? X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1
                               : X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size()) == 1 &&
                                     SSL_set_tlsext_host_name(ssl.get(), name.c_str()) == 1;
    if (!named || (resume != nullptr && SSL_set_session(ssl.get(), resume) != 1)) throw std::bad_alloc{};
    return ssl;
}

}  // namespace lark::poco::detail
