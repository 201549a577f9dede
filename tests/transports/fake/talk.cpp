// SPDX-License-Identifier: MIT
#include "talk.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/TemporaryFile.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace lark::fake_test {

namespace {

const Poco::Timespan patience(5, 0);

void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL refused");
}

}  // namespace

std::string authority(const std::string& url) { return Poco::URI(url).getAuthority(); }

std::string post_form(const fake::sandbox& s, const std::string& form) { return post_form_to(s.url(), form); }

std::string post_form_to(const std::string& url, const std::string& form) {
    return "POST /oauth/v1/app/registration HTTP/1.1\r\nHost: " + authority(url) +
           "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(form.size()) +
           "\r\n\r\n" + form;
}

talker::talker(const std::string& url)
    : socket_(std::make_unique<Poco::Net::StreamSocket>(Poco::Net::SocketAddress(authority(url)))) {
    socket_->setReceiveTimeout(patience);
}

talker::talker(const std::string& url, const std::filesystem::path& ca_file, const std::string& name) {
    using Poco::Net::Context;
    const Context::Ptr context(
        new Context(Context::TLS_CLIENT_USE, "", "", ca_file.string(), Context::VERIFY_STRICT, 9, false));
    auto secure = std::make_unique<Poco::Net::SecureStreamSocket>(context);
    secure->setPeerHostName(name);
    secure->connect(Poco::Net::SocketAddress(authority(url)), patience);
    secure->completeHandshake();
    secure->verifyPeerCertificate(name);
    secure->setReceiveTimeout(patience);
    socket_ = std::move(secure);
}

void talker::say(const std::string& text) { socket_->sendBytes(text.data(), static_cast<int>(text.size())); }

http_response talker::hear() {
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        const auto end = heard_.find("\r\n\r\n");
        if (end != std::string::npos) {
            Poco::Net::HTTPResponse head;
            std::istringstream in(heard_.substr(0, end + 4));
            head.read(in);
            const auto length = static_cast<std::size_t>(head.getContentLength64());
            if (heard_.size() >= end + 4 + length) {
                http_response response{head.getStatus(), {}, heard_.substr(end + 4, length)};
                for (const auto& [name, value] : head) response.headers.push_back({name, value});
                heard_.erase(0, end + 4 + length);
                return response;
            }
        }
        const int size = socket_->receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
        if (size <= 0) throw std::runtime_error("the connection ended before the reply");
        heard_.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

http_response talker::ask(const std::string& text) {
    say(text);
    return hear();
}

std::string talker::hear_all() {
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        int size = 0;
        try {
            size = socket_->receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
        } catch (const Poco::TimeoutException&) {
            throw;
        } catch (const Poco::Exception&) {
            return std::move(heard_);  // reset, or cut without close_notify
        }
        if (size <= 0) return std::move(heard_);
        heard_.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

bool talker::says_anything() {
    return !heard_.empty() || socket_->poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ);
}

pem_files::~pem_files() { std::filesystem::remove_all(directory); }

pem_files::pem_files()
    : directory(Poco::TemporaryFile::tempName()),
      certificate(directory / "certificate.pem"),
      key(directory / "key.pem") {
    std::filesystem::create_directory(directory);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    X509* const x = made.get();
    check(pair && x);
    check(X509_set_version(x, X509_VERSION_3) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1);
    check(X509_gmtime_adj(X509_getm_notBefore(x), -60) && X509_gmtime_adj(X509_getm_notAfter(x), 3600));
    check(X509_set_pubkey(x, pair.get()) == 1);
    X509_NAME* const name = X509_get_subject_name(x);
    check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                                     0) == 1);
    check(X509_set_issuer_name(x, name) == 1);
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    check(names && X509_add_ext(x, names, -1) == 1);
    X509_EXTENSION_free(names);
    check(X509_sign(x, pair.get(), EVP_sha256()) > 0);

    // Not by the address of fclose: newer headers give it attributes, which a template's argument loses with a warning.
    struct closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, closer> out(std::fopen(certificate.c_str(), "w"));
    check(out && PEM_write_X509(out.get(), x) == 1);
    const std::unique_ptr<std::FILE, closer> key_out(std::fopen(key.c_str(), "w"));
    check(key_out && PEM_write_PrivateKey(key_out.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace lark::fake_test
