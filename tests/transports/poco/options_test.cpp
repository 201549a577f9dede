// SPDX-License-Identifier: MIT
#include "os/environment.hpp"
#include "wire/client_config.hpp"
#include "wire/proxy.hpp"

#include "support/fault_environment.hpp"
#include "support/poco_certificates.hpp"

#include <lark/poco/http_client.hpp>

#include <boost/test/unit_test.hpp>

#include <Poco/Net/Context.h>

#include <filesystem>
#include <string>

using namespace lark::poco;
using namespace lark::poco::detail;
using namespace std::chrono_literals;
using lark::registration::invalid_option;
using lark::test::clean_environment;
using lark::test::with_variable;

namespace {

std::string refused(const http_options& options) {
    try {
        http_client client{options};
    } catch (const invalid_option& error) {
        const std::string text = error.what();
        BOOST_TEST(text.find("s3cret") == std::string::npos);
        const bool named = text.find(error.option()) != std::string::npos || text.starts_with("environment ");
        BOOST_TEST(named, "the text names neither the option nor the variable: " << text);
        return error.option();
    }
    return {};
}

std::string proxy_for(const http_options& options, const endpoint& where) {
    const proxy_rules rules{options, read_environment()};
    const auto* found = rules.find(where);
    return found == nullptr ? "direct" : host_and_port(found->where);
}

const endpoint feishu{true, "accounts.feishu.cn", 443};
const endpoint plain{false, "accounts.feishu.cn", 80};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_options, clean_environment)

BOOST_AUTO_TEST_CASE(defaults_are_accepted) { BOOST_TEST(refused({}).empty()); }

BOOST_AUTO_TEST_CASE(wrong_options_are_named) {
    BOOST_TEST(refused({.connect_timeout = 0ms}) == "connect_timeout");
    BOOST_TEST(refused({.connect_timeout = 2h}) == "connect_timeout");
    BOOST_TEST(refused({.connect_timeout = std::chrono::milliseconds::max()}) == "connect_timeout");
    BOOST_TEST(refused({.ca_file = "/nowhere/ca.pem"}) == "ca_file");
    BOOST_TEST(refused({.ca_dir = "/nowhere"}) == "ca_dir");
    BOOST_TEST(refused({.user_agent = "a\r\nHost: b"}) == "user_agent");
    BOOST_TEST(refused({.max_body = 0}) == "max_body");
    BOOST_TEST(refused({.max_headers = 1}) == "max_headers");
    const lark::test::temporary_file no_certificate{"hello\n"};
    BOOST_TEST(refused({.ca_file = no_certificate.path()}) == "ca_file");
    BOOST_TEST(refused({.ca_file = "/tmp"}) == "ca_file");
    for (const char* proxy :
         {"http://", "socks5://u:s3cret@h:1", "https://proxy:3128", "http://u:s3cret@:1", "http://h:99999", "h:0",
          "http://h:1/path", "http://u:s3cret@h:1?x", "http://h :1", "http://u%3a:s3cret@h"})
        BOOST_TEST(refused({.proxy = proxy}) == "proxy", proxy);
}

BOOST_AUTO_TEST_CASE(wrong_contexts_are_named) {
    using Poco::Net::Context;
    BOOST_TEST(refused({.context = new Context{Context::TLS_SERVER_USE, ""}}) == "context");
    const lark::test::temporary_file ca{lark::test::authority{}.pem()};
    BOOST_TEST(refused({.ca_file = ca.path(), .context = new Context{Context::TLS_CLIENT_USE, ""}}) == "context");
    BOOST_TEST(refused({.ca_file = ca.path()}).empty());
}

// It may be meant for other programs, and no request may need it.
BOOST_AUTO_TEST_CASE(a_wrong_environment_is_no_reason_not_to_make_a_client) {
    const with_variable file{"SSL_CERT_FILE", "/nowhere/ca.pem"};
    const with_variable folder{"SSL_CERT_DIR", "/nowhere"};
    const with_variable proxy{"HTTPS_PROXY", "socks5://user:s3cret@proxy"};
    BOOST_TEST(refused({}).empty());
    BOOST_TEST(refused({.ca_file = "/nowhere/ca.pem"}) == "ca_file");  // the caller's option has to be right
}

BOOST_AUTO_TEST_CASE(a_proxy_in_the_environment_that_cannot_be_used) {
    const with_variable set{"HTTPS_PROXY", "socks5://user:s3cret@proxy"};
    const proxy_rules rules{{}, read_environment()};
    const auto failure = proxy_failure(rules.find(feishu));
    BOOST_TEST_REQUIRE(failure.has_value());
    BOOST_TEST((failure->kind == lark::transport_failure_kind::proxy));
    for (const char* part : {"environment HTTPS_PROXY", "option proxy", "SOCKS", "Clash"})
        BOOST_TEST(failure->detail.find(part) != std::string::npos, part << " is missing: " << failure->detail);
    BOOST_TEST(failure->detail.find("s3cret") == std::string::npos);
    BOOST_TEST(rules.find({true, "localhost", 443}) == nullptr);
    BOOST_TEST(rules.find(plain) == nullptr);
    BOOST_TEST(!proxy_failure(proxy_rules({.proxy = "h:1"}, {}).find(feishu)).has_value());
    BOOST_TEST(!proxy_failure(nullptr).has_value());
}

BOOST_AUTO_TEST_CASE(proxy_by_option) {
    BOOST_TEST(proxy_for({.proxy = "http://proxy.test:3128"}, feishu) == "proxy.test:3128");
    BOOST_TEST(proxy_for({.proxy = "proxy.test:3128"}, feishu) == "proxy.test:3128");
    BOOST_TEST(proxy_for({.proxy = "HTTP://Proxy.Test/"}, plain) == "proxy.test:80");
    BOOST_TEST(proxy_for({.proxy = "http://[::1]:3128"}, feishu) == "[::1]:3128");
    BOOST_TEST(proxy_for({.proxy = ""}, feishu) == "direct");
    BOOST_TEST(proxy_for({}, feishu) == "direct");
}

BOOST_AUTO_TEST_CASE(a_complaint_about_the_proxy_names_the_option_or_the_variable) {
    const auto begins = [](const char* start) {
        return [start](const invalid_option& e) { return std::string_view(e.what()).starts_with(start); };
    };
    BOOST_CHECK_EXCEPTION(proxy_rules({.proxy = "ftp://x"}, {}), invalid_option, begins("proxy must be"));
    environment env;
    env.https_proxy = variable{"https_proxy", "ftp://x"};
    const auto failure = proxy_failure(proxy_rules({}, env).find(feishu));
    BOOST_TEST_REQUIRE(failure.has_value());
    BOOST_TEST(failure->detail.starts_with("environment https_proxy must be"), failure->detail);
}

BOOST_AUTO_TEST_CASE(proxy_credentials) {
    const http_options options{.proxy = "http://us%65r:s3%3acret%40@proxy.test:3128"};
    const proxy_rules rules{options, {}};
    BOOST_TEST(rules.find(feishu)->authorization == "Basic dXNlcjpzMzpjcmV0QA==");  // user:s3:cret@
    BOOST_TEST(proxy_rules({.proxy = "http://u:p@w@h:1"}, {}).find(feishu)->authorization ==
               "Basic dTpwQHc=");  // u:p@w
    // A % that begins no escape is itself.
    for (const char* bare : {"http://u:50%@h:1", "http://u:50%25@h:1"})
        BOOST_TEST(proxy_rules({.proxy = bare}, {}).find(feishu)->authorization == "Basic dTo1MCU=", bare);
    BOOST_TEST(proxy_rules({.proxy = "http://u:%zz%4@h:1"}, {}).find(feishu)->authorization == "Basic dTolenolNA==");
    for (const char* other : {"http://u:a b@h:1", "http://u:a/b@h:1", "http://u:\xC3\xA9@h:1"})
        BOOST_CHECK_EXCEPTION(proxy_rules({.proxy = other}, {}), invalid_option, [](const invalid_option& e) {
            return std::string_view{e.what()}.find("percent-encode") != std::string_view::npos;
        });
    BOOST_TEST(rules.find(feishu)->shown == "the proxy http://proxy.test:3128 (option proxy)");
}

BOOST_AUTO_TEST_CASE(proxy_by_environment) {
    {
        const with_variable set{"HTTPS_PROXY", "http://proxy.test:1"};
        BOOST_TEST(proxy_for({}, feishu) == "proxy.test:1");
        BOOST_TEST(proxy_for({}, plain) == "direct");
        BOOST_TEST(proxy_for({.proxy = ""}, feishu) == "direct");
        BOOST_TEST(proxy_for({.proxy = "other.test:2"}, feishu) == "other.test:2");
        const with_variable lower{"https_proxy", "http://lower.test:1"};
        BOOST_TEST(proxy_for({}, feishu) == "lower.test:1");
        const with_variable empty{"https_proxy", ""};
        BOOST_TEST(proxy_for({}, feishu) == "proxy.test:1");
    }
    const with_variable set{"ALL_PROXY", "http://all.test:1"};
    BOOST_TEST(proxy_for({}, feishu) == "all.test:1");
    BOOST_TEST(proxy_for({}, plain) == "all.test:1");
    const with_variable none{"NO_PROXY", "feishu.cn"};
    BOOST_TEST(proxy_for({}, feishu) == "direct");
    BOOST_TEST(proxy_for({.no_proxy = ""}, feishu) == "all.test:1");
}

// The line that people paste who have a proxy of both kinds; the other kind is for other programs.
BOOST_AUTO_TEST_CASE(a_proxy_of_another_kind_beside_the_usual_one) {
    const with_variable all{"all_proxy", "socks5://all.test:1"};
    BOOST_TEST(proxy_failure(proxy_rules({}, read_environment()).find(feishu)).has_value());
    const with_variable https{"https_proxy", "http://usual.test:1"};
    BOOST_TEST(proxy_for({}, feishu) == "usual.test:1");
    BOOST_TEST(proxy_for({}, plain) == "direct");
}

BOOST_AUTO_TEST_CASE(loopback_goes_past_the_proxy) {
    for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"})
        BOOST_TEST(proxy_for({.proxy = "proxy.test:1"}, {true, host, 443}) == "direct");
    for (const char* host : {"localhost.test", "a.localhost"})
        BOOST_TEST(proxy_for({.proxy = "proxy.test:1"}, {true, host, 443}) == "proxy.test:1", host);
}

BOOST_AUTO_TEST_CASE(no_proxy_forms) {
    const auto direct = [](const char* list, const endpoint& where) {
        return proxy_for({.proxy = "proxy.test:1", .no_proxy = list}, where) == "direct";
    };
    for (const char* list :
         {"*", "feishu.cn", ".feishu.cn", "*.feishu.cn", "a.test, ACCOUNTS.feishu.cn", "accounts.feishu.cn:443"})
        BOOST_TEST(direct(list, feishu), list);
    for (const char* list : {"", "eishu.cn", "x.accounts.feishu.cn", "accounts.feishu.cn:80", "10.0.0.0/8", ".", ","})
        BOOST_TEST(!direct(list, feishu), list);
    const endpoint four{true, "10.1.2.3", 443}, six{true, "fd00::1", 443};
    BOOST_TEST(direct("10.0.0.0/8", four));
    BOOST_TEST(direct("10.1.2.3:443", four));
    BOOST_TEST(direct("10.1.2.3", four));
    BOOST_TEST(!direct("10.1.2.3:444", four));
    BOOST_TEST(!direct("11.0.0.0/8", four));
    BOOST_TEST(!direct("10.0.0.0/99", four));
    BOOST_TEST(!direct("2.3", four));
    BOOST_TEST(direct("fd00::/16", six));
    BOOST_TEST(direct("fd00::1", six));
    BOOST_TEST(direct("[fd00::1]:443", six));
    BOOST_TEST(!direct("fe00::/16", six));
    BOOST_TEST(direct("10.0.0.0/8:443", four));
    BOOST_TEST(!direct("10.0.0.0/8:80", four));
    BOOST_TEST(direct("0.0.0.0/0", four));
    BOOST_TEST(!direct("0.0.0.0/0", six));
    for (const char* list :
         {"fd00::/16:443", "[fd00::1]", "[fd00::]/16", "[fd00::]/16:443", "[fd00::/16]:443", "[fd00::/16]"})
        BOOST_TEST(direct(list, six), list);
    for (const char* list : {"fd00::/16:80", "[fd00::1]:80", "[fd00::]/16:80", "[fe00::]/16", "[fd00::]/129",
                             "[fd00::1", "[", "[]", "[]:443", "fd00::1:443"})
        BOOST_TEST(!direct(list, six), list);
    const endpoint dotted{true, "accounts.feishu.cn.", 443};
    for (const char* list : {"feishu.cn", "feishu.cn.", "accounts.feishu.cn.:443", ".feishu.cn."}) {
        BOOST_TEST(direct(list, feishu), list);
        BOOST_TEST(direct(list, dotted), list);
    }
    for (const char* list :
         {"accounts.feishu.cn:x", "accounts.feishu.cn:", "accounts.feishu.cn:0443x", "accounts.feishu.cn/8"})
        BOOST_TEST(!direct(list, feishu), list);
}

BOOST_AUTO_TEST_CASE(urls) {
    BOOST_TEST((parse_url("https://Accounts.Feishu.cn/a%2Fb?c=%41#f").where == feishu));
    BOOST_TEST(parse_url("https://accounts.feishu.cn/a%2Fb?c=%41#f").path == "/a%2Fb?c=%41");
    BOOST_TEST(parse_url("http://h?x").path == "/?x");
    BOOST_TEST(parse_url("https://[::1]:8443/").host == "[::1]:8443");
    BOOST_TEST(parse_url("https://accounts.feishu.cn/").host == "accounts.feishu.cn");
    BOOST_TEST(parse_url("http://h:443").host == "h:443");
    // One form of an address, however it is written: OpenSSL knows no other.
    for (const char* url : {"https://127.0.0.1/", "https://127.1/", "https://0x7f.1/", "https://2130706433/"})
        BOOST_TEST(parse_url(url).where.host == "127.0.0.1", url);
    BOOST_TEST(parse_url("https://[0:0::1]/").where.host == "::1");
    for (const char* url : {"", "/x", "ftp://h/", "https://", "https://u:s3cret@h/", "https://h:x/",
                            "https://[fe80::1%25eth0]/", "https://h/\r\nA: b", "https://h/ x"})
        BOOST_CHECK_EXCEPTION((void)parse_url(url), std::invalid_argument, [](const auto& error) {
            return std::string{error.what()}.find("s3cret") == std::string::npos;
        });
}

BOOST_AUTO_TEST_SUITE_END()
