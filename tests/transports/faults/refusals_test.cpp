// SPDX-License-Identifier: MIT
// Faults that do not pass end a registration at once, with advice: wrong options before any request, certificates,
// unknown hosts and proxies after the first.
#include "support/fault_cases.hpp"
#include "support/fault_clock.hpp"
#include "support/fault_environment.hpp"
#include "support/poco_names.hpp"

#include <lark/injected/register_app.hpp>
#include <lark/poco.hpp>

#include <boost/test/unit_test.hpp>

#include <Poco/Net/Context.h>

#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
using registration::invalid_option;

namespace {

void ignore(const registration::qr_code&) {}

struct fixture : clean_environment {
    fault_certificates certificates;

    [[nodiscard]] poco::http_options http() const {
        poco::http_options result;
        result.ca_file = certificates.ca_file.path();
        return result;
    }

    /// A registration that must end with its first request, without a wait.
    registration::failure ends_at_once(const std::string& domain, const poco::http_options& with, bool plain = false) {
        poco::http_client wire{with};
        skipping_client client{wire};
        registration::failure why;
        try {
            (void)injected::register_app({.on_qr_code = ignore}, {.domain = domain, .allow_plain_http = plain}, client);
            BOOST_ERROR("an app came where a failure was due");
        } catch (const register_app_error& error) {
            why = error.failure();
        }
        BOOST_TEST(client.requests() == 1);
        BOOST_TEST((client.slept() == duration::zero()));
        BOOST_TEST(why.local);
        return why;
    }
};

void says(const std::string& text, std::initializer_list<std::string> parts) {
    for (const auto& part : parts)
        BOOST_TEST(text.find(part) != std::string::npos, "\"" << part << "\" is not in: " << text);
}

void does_not_say(const std::string& text, std::initializer_list<std::string> parts) {
    for (const auto& part : parts)
        BOOST_TEST(text.find(part) == std::string::npos, "\"" << part << "\" is in: " << text);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refusals, fixture)

BOOST_AUTO_TEST_CASE(wrong_options_end_before_the_first_request) {
    scripted_server server{[](peer& client) { client.read_request(); }};
    const auto url = server.url("http", "127.0.0.1", "");
    using change = std::function<void(registration::options&, poco::http_options&)>;
    struct row {
        const char* option;
        change set;
    };
    const row rows[] = {
        {"domain", [](auto& o, auto&) { o.domain = ""; }},
        {"domain", [](auto& o, auto&) { o.domain = "accounts.feishu.cn"; }},
        {"domain", [](auto& o, auto&) { o.domain = "https://a b"; }},
        {"domain", [](auto& o, auto&) { o.domain = "http://accounts.feishu.cn"; }},
        {"domain", [&](auto& o, auto&) { o.domain = url + "/a/../path"; }},
        {"domain", [&](auto& o, auto&) { o.domain = url + "?x=1"; }},
        {"domain", [](auto& o, auto&) { o.domain = "https://user:password@a.test"; }},
        {"domain", [&](auto& o, auto&) { o.domain = url + "\r\nHost: b"; }},
        {"domain", [&](auto& o, auto&) { o.domain = url + "#x"; }},
        {"domain", [](auto& o, auto&) { o.domain = "https://"; }},
        {"domain", [](auto& o, auto&) { o.domain = "https://a.test:99999"; }},
        {"lark_domain", [](auto& o, auto&) { o.lark_domain = ""; }},
        {"lark_domain", [](auto& o, auto&) { o.lark_domain = "accounts.larksuite.com"; }},
        {"lark_domain", [&](auto& o, auto&) { o.lark_domain = url + "/a//path"; }},
        {"lark_domain", [&](auto& o, auto&) { o.lark_domain = url + "?x=1"; }},
        {"lark_domain", [](auto& o, auto&) { o.lark_domain = "https://user:password@a.test"; }},
        {"lark_domain", [](auto& o, auto&) { o.lark_domain = "http://accounts.larksuite.com"; }},
        {"lark_domain", [](auto& o, auto&) { o.lark_domain = "ftp://a.test"; }},
        {"source", [](auto& o, auto&) { o.source = ""; }},
        {"source", [](auto& o, auto&) { o.source = "a\r\nb"; }},
        {"source",
         [](auto& o, auto&) {
             o.source = std::string{"a\0b", 3};
         }},
        {"source", [](auto& o, auto&) { o.source = "\x7F"; }},
        {"source", [](auto& o, auto&) { o.source = "\xC3"; }},
        {"source", [](auto& o, auto&) { o.source = std::string(257, 'a'); }},
        {"app_id", [](auto& o, auto&) { o.app_id = ""; }},
        {"request_timeout", [](auto& o, auto&) { o.request_timeout = -1ms; }},
        {"request_timeout", [](auto& o, auto&) { o.request_timeout = std::chrono::milliseconds::max(); }},
        {"request_timeout", [](auto& o, auto&) { o.request_timeout = 0ms; }},
        {"start_budget", [](auto& o, auto&) { o.start_budget = 0ms; }},
        {"start_budget", [](auto& o, auto&) { o.start_budget = std::chrono::milliseconds::min(); }},
        {"start_budget", [](auto& o, auto&) { o.start_budget = std::chrono::milliseconds::max(); }},
        {"expiry_grace", [](auto& o, auto&) { o.expiry_grace = 24h; }},
        {"expiry_grace", [](auto& o, auto&) { o.expiry_grace = -1ms; }},
        {"interval_margin", [](auto& o, auto&) { o.interval_margin = -1; }},
        {"interval_margin", [](auto& o, auto&) { o.interval_margin = std::numeric_limits<double>::infinity(); }},
        {"interval_margin", [](auto& o, auto&) { o.interval_margin = std::numeric_limits<double>::quiet_NaN(); }},
        {"connect_timeout", [](auto&, auto& h) { h.connect_timeout = 0ms; }},
        {"connect_timeout", [](auto&, auto& h) { h.connect_timeout = std::chrono::milliseconds::min(); }},
        {"connect_timeout", [](auto&, auto& h) { h.connect_timeout = std::chrono::milliseconds::max(); }},
        {"ca_file", [](auto&, auto& h) { h.ca_file = "/nowhere/ca.pem"; }},
        {"ca_dir", [](auto&, auto& h) { h.ca_dir = "/nowhere"; }},
        {"proxy", [](auto&, auto& h) { h.proxy = "socks5://user:password@a.test"; }},
        {"user_agent", [](auto&, auto& h) { h.user_agent = "a\r\nHost: b"; }},
        {"max_body", [](auto&, auto& h) { h.max_body = 0; }},
        {"max_headers", [](auto&, auto& h) { h.max_headers = 0; }},
    };
    for (const auto& [option, set] : rows) {
        registration::options options;
        options.domain = options.lark_domain = url;
        poco::http_options with;
        set(options, with);
        const auto fits = [&, name = option](const invalid_option& error) {
            BOOST_TEST(error.option() == name);
            says(error.what(), {name});
            does_not_say(error.what(), {"password"});
            return true;
        };
        BOOST_TEST_CONTEXT(option) {
            BOOST_CHECK_EXCEPTION((void)lark::register_app({.on_qr_code = ignore}, options, with), invalid_option,
                                  fits);
            registration::async_handlers handlers;
            handlers.on_qr_code = ignore;
            BOOST_CHECK_EXCEPTION((void)lark::register_app_async(handlers, options, with), invalid_option, fits);
        }
    }
    BOOST_CHECK_EXCEPTION((void)lark::register_app({}, {.domain = url}), invalid_option,
                          [](const auto& error) { return error.option() == "on_qr_code"; });
    BOOST_CHECK_EXCEPTION((void)lark::register_app_async({}, {.domain = url}), invalid_option,
                          [](const auto& error) { return error.option() == "on_qr_code"; });
    BOOST_TEST(server.connections == 0);
}

// They may be meant for other programs.
BOOST_AUTO_TEST_CASE(wrong_variables_are_named_by_the_request_that_needs_them) {
    {
        scripted_server server{[&](peer& client) { client.start_tls(certificates.good); }};
        const with_variable file{"SSL_CERT_FILE", "/nowhere/ca.pem"};
        const with_variable folder{"SSL_CERT_DIR", "/nor/here"};
        const auto why = ends_at_once(server.url("https", "localhost", ""), {});
        BOOST_TEST(why.code == "certificate_error");
        says(why.description, {"SSL_CERT_FILE", "/nowhere/ca.pem", "SSL_CERT_DIR", "/nor/here"});
    }
    const with_variable set{"HTTPS_PROXY", "socks5://user:password@a.test"};
    const auto why = ends_at_once("https://unknown.test", {});
    says(why.description, {"HTTPS_PROXY", "http://", "option proxy"});
    does_not_say(why.description, {"password", "user:p"});
}

BOOST_AUTO_TEST_CASE(bad_certificates) {
    struct row {
        const identity* shown;
        std::initializer_list<std::string> parts;
    };
    const row rows[] = {
        {&certificates.untrusted,
         {"unable to get local issuer certificate", "somebody else", "ca_file", "ca_dir", "SSL_CERT_FILE"}},
        {&certificates.expired, {"certificate has expired", "clock"}},
        {&certificates.early, {"not yet valid", "clock"}},
        {&certificates.wrong_host, {"mismatch", "another host"}},
    };
    for (const auto& [shown, parts] : rows) {
        scripted_server server{[&, certificate = shown](peer& client) {
            if (client.start_tls(*certificate)) client.read_request();
        }};
        const auto why = ends_at_once(server.url("https", "localhost", ""), http());
        BOOST_TEST(why.code == "certificate_error");
        says(why.description,
             {"TLS with localhost:" + std::to_string(server.port()), "the certificate of localhost is refused"});
        says(why.description, parts);
        BOOST_TEST(server.connections == 1);
        BOOST_TEST(server.requests == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_that_an_own_context_refuses) {
    scripted_server server{[&](peer& client) {
        if (client.start_tls(certificates.good)) client.read_request();
    }};
    poco::http_options with;
    with.context = new Poco::Net::Context{Poco::Net::Context::TLS_CLIENT_USE, "", Poco::Net::Context::VERIFY_STRICT};
    const auto why = ends_at_once(server.url("https", "localhost", ""), with);
    BOOST_TEST(why.code == "certificate_error");
    says(why.description, {"the given context"});
    does_not_say(why.description, {"ca_file"});
}

BOOST_AUTO_TEST_CASE(unknown_hosts) {
    const auto why = ends_at_once("https://unknown.test", http());
    BOOST_TEST(why.code == "network_error");
    says(why.description, {"unknown.test", "Name or service not known", "the option domain or lark_domain", "DNS",
                           "No proxy was used", "the option proxy", "HTTPS_PROXY"});
    // A proxy's variable that is not read for this host is of no use to anybody.
    says(ends_at_once("http://unknown.test", http(), true).description, {"the option proxy", "ALL_PROXY"});
}

BOOST_AUTO_TEST_CASE(unknown_hosts_past_a_proxy) {
    auto with = http();
    with.proxy = "http://user:password@127.0.0.1:1";
    with.no_proxy = "unknown.test";
    const auto why = ends_at_once("https://unknown.test", with);
    says(why.description, {"unknown.test", "No proxy was used"});
    does_not_say(why.description, {"password", "user:"});
}

BOOST_AUTO_TEST_CASE(unknown_hosts_in_the_background) {
    registration::async_handlers handlers;
    handlers.on_qr_code = ignore;
    std::string retried;
    handlers.on_status_change = [&](const auto& change) { retried = to_string(change.status); };
    auto handle = lark::register_app_async(handlers, {.domain = "https://unknown.test"}, http());
    BOOST_CHECK_EXCEPTION((void)handle.get(), register_app_error, [](const auto& error) {
        says(error.description(),
             {"unknown.test", "Name or service not known", "domain or lark_domain", "HTTPS_PROXY"});
        return error.code() == "network_error";
    });
    BOOST_TEST(retried == "");
}

BOOST_AUTO_TEST_CASE(unknown_proxies) {
    const with_variable set{"HTTPS_PROXY", "http://user:password@unknown-proxy.test:3128"};
    const auto why = ends_at_once("https://accounts.test", http());
    BOOST_TEST(why.code == "network_error");
    says(why.description, {"unknown-proxy.test:3128", "environment HTTPS_PROXY", "Name or service not known",
                           "the proxy's host", "DNS"});
    does_not_say(why.description, {"password", "user:", "lark_domain"});
}

BOOST_AUTO_TEST_CASE(proxies_that_refuse) {
    for (const char* answer : {"407 Proxy Authentication Required", "403 Forbidden"}) {
        scripted_server proxy{[&](peer& client) {
            client.read_until("\r\n\r\n");
            client.write(reply_text("marked-page", answer));
        }};
        auto with = http();
        with.proxy = "http://user:password@127.0.0.1:" + std::to_string(proxy.port());
        const auto why = ends_at_once("https://behind.test", with);
        BOOST_TEST(why.code == "network_error");
        says(why.description, {"behind.test", "http://127.0.0.1:" + std::to_string(proxy.port()), "option proxy",
                               std::string{answer}.substr(0, 3)});
        if (answer[2] == '7') says(why.description, {"a user and a password"});
        does_not_say(why.description, {"user:", ":password", std::string{marker}});
        BOOST_TEST(proxy.connections == 1);
    }
}

BOOST_AUTO_TEST_CASE(certificates_behind_a_proxy_name_both) {
    const auto host = authority{"a proxy that looks inside"}.issue({.names = "DNS:behind.test"});
    scripted_server proxy{[&](peer& client) {
        client.read_until("\r\n\r\n");
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        if (client.start_tls(host)) client.read_request();
    }};
    auto with = http();
    with.proxy = "127.0.0.1:" + std::to_string(proxy.port());
    const auto why = ends_at_once("https://behind.test", with);
    BOOST_TEST(why.code == "certificate_error");
    says(why.description,
         {"behind.test", "through the proxy http://127.0.0.1:", "a proxy that looks inside", "ca_file"});
    BOOST_TEST(proxy.requests == 0);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_goes_bad_between_polls_is_the_cause_of_the_end) {
    scripted_server server{[&](peer& client) {
        const bool first = client.number() == 1;
        if (!client.start_tls(first ? certificates.good : certificates.untrusted, 0,
                              [](SSL* ssl) { SSL_set_num_tickets(ssl, 0); }))
            return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            const bool last = request.find("=begin") != std::string::npos;
            client.write(answer_honestly(request).text(last ? "Connection: close\r\n" : ""));
            if (last) return;
        }
    }};
    poco::http_client wire{http()};
    skipping_client client{wire};
    registration::options options;
    options.domain = options.lark_domain = server.url("https", "127.0.0.1", "");
    BOOST_CHECK_EXCEPTION((void)injected::register_app({.on_qr_code = ignore}, options, client), app_expired_error,
                          [](const auto& error) {
                              BOOST_TEST(error.local());
                              says(error.what(), {"without a decision: ", " polls at 127.0.0.1:",
                                                  "the last had no reply (certificate); last error: ", "ca_file"});
                              says(error.failure().last_error, {"unable to get local issuer certificate"});
                              return true;
                          });
    BOOST_TEST(server.requests == 2);  // init and begin: no device code was sent to an unknown host
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_tried_again_and_the_last_cause_is_told) {
    poco::http_client wire{http()};
    skipping_client client{wire};
    const auto url = "http://two.test:" + std::to_string(closed_port());
    BOOST_CHECK_EXCEPTION(
        (void)injected::register_app({.on_qr_code = ignore}, {.domain = url, .allow_plain_http = true}, client),
        register_app_error, [&](const auto& error) {
            BOOST_TEST(error.code() == "network_error");
            says(error.description(), {"two.test", "Connection refused", "2 addresses", "3 tries"});
            return true;
        });
    BOOST_TEST(client.requests() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
