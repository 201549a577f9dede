// SPDX-License-Identifier: MIT
// Which certificates are trusted, and what OpenSSL keeps of it for the application.
#include "client_fixture.hpp"
#include "os/environment.hpp"
#include "support/fault_environment.hpp"
#include "wire/tls_context.hpp"

#include <lark/injected/flow_set.hpp>
#include <lark/poco/event_loop.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

using namespace lark;
using namespace lark::test;
using namespace lark::poco::detail;
namespace fs = std::filesystem;

namespace {

/// A folder with the certificate of an authority, as `openssl rehash` leaves it.
struct hashed_folder {
    explicit hashed_folder(const authority& ca) {
        auto made = (fs::temp_directory_path() / "lark-ca-XXXXXX").string();
        if (::mkdtemp(made.data()) == nullptr) throw std::runtime_error{"no folder can be made"};
        path = made;
        std::ofstream{path / ca.hashed_name()} << ca.pem();
    }
    ~hashed_folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    hashed_folder(const hashed_folder&) = delete;
    hashed_folder& operator=(const hashed_folder&) = delete;

    fs::path path;
};

struct fixture : tls_fixture, clean_environment {
    /// The result of a client that trusts what the environment names, at a server with that certificate.
    http_result exchange(const identity& shown, poco::http_options opts = without_proxy()) {
        scripted_server server{[&](peer& client) {
            if (client.start_tls(shown)) echo(client);
        }};
        poco::http_client client{opts};
        return client.send(post(server.url("https")), {});
    }
    static poco::http_options without_proxy() {
        poco::http_options opts;
        opts.proxy = "";
        return opts;
    }
};

// A type of its own: g++ 14 warns of the attributes of fclose in `decltype(&std::fclose)`.
struct close_file {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// The subject of any certificate in OpenSSL's default folder; null if there is none.
std::shared_ptr<X509> any_system_certificate() {
    std::error_code ignored;
    for (fs::directory_iterator it{X509_get_default_cert_dir(), ignored}, end; it != end; it.increment(ignored)) {
        if (it->path().extension() != ".0") continue;
        const std::unique_ptr<std::FILE, close_file> file{std::fopen(it->path().c_str(), "r")};
        if (X509* found = file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr)
            return {found, X509_free};
    }
    return nullptr;
}

bool is_known(const tls_context& context, X509* certificate) {
    tls_socket socket;
    const auto ssl = context.connect(socket, "a.test", nullptr);
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> lookup{X509_STORE_CTX_new(),
                                                                                 &X509_STORE_CTX_free};
    X509_STORE_CTX_init(lookup.get(), SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl.get())), nullptr, nullptr);
    const std::unique_ptr<X509_OBJECT, decltype(&X509_OBJECT_free)> found{
        X509_STORE_CTX_get_obj_by_subject(lookup.get(), X509_LU_X509, X509_get_subject_name(certificate)),
        &X509_OBJECT_free};
    return found != nullptr;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_trust, fixture)

BOOST_AUTO_TEST_CASE(a_variable_that_is_set_but_empty_leaves_the_systems_certificates) {
    const auto certificate = any_system_certificate();
    if (!certificate) {
        BOOST_TEST_MESSAGE("this machine has no hashed certificates: nothing to find");
        return;
    }
    const with_variable folder{"SSL_CERT_DIR", ""};
    const with_variable file{"SSL_CERT_FILE", ""};
    BOOST_TEST(is_known(tls_context{without_proxy(), read_environment()}, certificate.get()));
}

BOOST_AUTO_TEST_CASE(the_variable_for_folders_is_a_list) {
    const hashed_folder folder{ca};
    const with_variable set{"SSL_CERT_DIR", "/nowhere::" + folder.path.string()};
    BOOST_TEST(body_of(exchange(good)) == "a=b");
}

BOOST_AUTO_TEST_CASE(what_a_variable_names_and_is_not_there_is_skipped) {
    const hashed_folder folder{ca};
    const with_variable stale{"SSL_CERT_FILE", "/nowhere/ca.pem"};
    const with_variable set{"SSL_CERT_DIR", folder.path.string()};
    BOOST_TEST(body_of(exchange(good)) == "a=b");
    const auto failure = failure_of(exchange(authority{"somebody else"}.issue()));
    BOOST_TEST((failure.kind == kind::certificate));
    for (const char* part : {"SSL_CERT_FILE", "skipped", "/nowhere/ca.pem"})
        BOOST_TEST(has(failure.detail, part), failure.detail);
}

BOOST_AUTO_TEST_CASE(nothing_left_to_trust_is_a_complaint_where_tls_is_wanted) {
    const with_variable file{"SSL_CERT_FILE", "/nowhere/ca.pem"};
    const with_variable folder{"SSL_CERT_DIR", "/nowhere:/nor/here"};
    const auto failure = failure_of(exchange(good));
    BOOST_TEST((failure.kind == kind::certificate));
    for (const char* part :
         {"no certificate is trusted at all", "SSL_CERT_FILE", "/nowhere/ca.pem", "SSL_CERT_DIR", "/nor/here"})
        BOOST_TEST(has(failure.detail, part), failure.detail);
    scripted_server server{echo};
    poco::http_client client{without_proxy()};
    BOOST_TEST(body_of(client.send(post(server.url("http")), {})) == "a=b");
}

BOOST_AUTO_TEST_CASE(the_issuing_authority_alone_is_enough) {
    const authority issuing{"lark issuing CA", ca};
    const temporary_file trusted{issuing.pem()};
    auto opts = without_proxy();
    opts.ca_file = trusted.path();
    BOOST_TEST(body_of(exchange(issuing.issue(), opts)) == "a=b");
    BOOST_TEST((failure_of(exchange(good, opts)).kind == kind::certificate));
}

BOOST_AUTO_TEST_SUITE_END()

// The application may use OpenSSL on the same thread: what stands in the queue is taken for the failure of its next
// call.
BOOST_FIXTURE_TEST_SUITE(poco_openssl_errors, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_left_behind) {
    ERR_clear_error();
    const poco::http_client client{without_proxy()};
    BOOST_TEST(ERR_peek_error() == 0u);
    (void)exchange(good, options());
    BOOST_TEST(ERR_peek_error() == 0u);
    (void)exchange(authority{"somebody else"}.issue(), options());
    BOOST_TEST(ERR_peek_error() == 0u);
    const poco::event_loop loop{options()};
    BOOST_TEST(ERR_peek_error() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_of_the_callers_is_taken) {
    ERR_clear_error();
    ERR_raise_data(ERR_LIB_USER, 7, "of the %s", "caller");
    ERR_raise(ERR_LIB_SYS, ENOENT);
    BOOST_TEST(body_of(exchange(good, options())) == "a=b");
    (void)exchange(authority{"somebody else"}.issue(), options());
    {
        scripted_server server{[&](peer& client) { client.wait_for_close(); }};
        poco::event_loop loop{options()};
        injected::flow_set set{loop};
        registration::options where;
        where.domain = where.lark_domain = server.url("https", "127.0.0.1", "");
        injected::flow_handlers handlers;
        handlers.on_qr_code = [](const auto&) {};
        handlers.on_finished = [](const auto&, const auto&) {};
        set.add(handlers, where);
        while (server.connections == 0) loop.run_once();
        set.cancel_all();
        loop.wake();
        loop.run_once();
    }
    const char* data = nullptr;
    int flags = 0;
    const auto first = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags);
    BOOST_TEST(ERR_GET_LIB(first) == ERR_LIB_USER);
    BOOST_TEST(ERR_GET_REASON(first) == 7);
    BOOST_TEST(std::string{data} == "of the caller");
    const auto second = ERR_get_error();
    BOOST_TEST(ERR_GET_LIB(second) == ERR_LIB_SYS);
    BOOST_TEST(ERR_GET_REASON(second) == ENOENT);
    BOOST_TEST(ERR_get_error() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
