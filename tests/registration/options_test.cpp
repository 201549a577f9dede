// SPDX-License-Identifier: MIT
// Every option error, by the option's name, before any request. (The link's options: links/option_checks_test.cpp.)
#include <lark/registration/flow.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>
#include <limits>

using namespace lark::registration;
using namespace std::chrono_literals;
using namespace std::string_literals;
using std::string;

namespace {

void refuses(const string& option, const string& rule, const std::function<void(options&)>& set) {
    options opts;
    set(opts);
    BOOST_CHECK_EXCEPTION(flow{opts}, invalid_option, [&](const invalid_option& e) {
        BOOST_TEST(e.option() == option);
        BOOST_TEST(e.what() == option + ' ' + rule);
        return true;
    });
}

void takes(const std::function<void(options&)>& set) {
    options opts;
    set(opts);
    BOOST_CHECK_NO_THROW(flow{opts});
}

string url_of_first_request(options opts) {
    flow f{std::move(opts)};
    const auto out = f.poll_output({});
    return string{std::get<send_request>(out).url};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(option_errors)

BOOST_AUTO_TEST_CASE(all_errors_are_there_as_data) {
    options opts;
    opts.source = "";
    opts.app_preset = app_preset{.avatar = {"https://x.test/a.png", "a\nb"}};
    opts.request_timeout = 0ms;
    const std::vector<lark::option_error> expected{
        {"source", {}, "must be a non-empty string"},
        {"app_preset.avatar", 1, "must not contain control characters"},
        {"request_timeout", {}, "must be from 1 to 600000 ms, got 0"},
    };
    BOOST_CHECK_EXCEPTION(check(opts), invalid_option, [&](const invalid_option& e) {
        BOOST_TEST((e.errors() == expected));
        BOOST_TEST(e.option() == "source");
        BOOST_TEST(e.what() ==
                   "source must be a non-empty string; app_preset.avatar[1] must not contain control characters; "
                   "request_timeout must be from 1 to 600000 ms, got 0"s);
        const auto copy = e;
        BOOST_TEST((copy.errors() == expected));
        return true;
    });
    BOOST_CHECK_NO_THROW(check(options{}));
}

BOOST_AUTO_TEST_CASE(domains) {
    for (const auto& [name, member] : {std::pair{"domain", &options::domain}, {"lark_domain", &options::lark_domain}}) {
        const auto bad = [&, member = member, name = name](const string& value, const string& rule) {
            BOOST_TEST_CONTEXT(value) refuses(name, rule, [&](options& o) { o.*member = value; });
        };
        const string form = "must be a URL of scheme and host, such as https://accounts.feishu.cn";
        for (const char* value : {"",
                                  "accounts.feishu.cn",
                                  "https://",
                                  "https:///x",
                                  "://a",
                                  "https:/a",
                                  "https://a b",
                                  " https://a",
                                  "https://a\\b",
                                  "https://a\n",
                                  "https://a:",
                                  "https://a:0",
                                  "https://a:65536",
                                  "https://a:x",
                                  "https://a:-1",
                                  "https://[::1",
                                  "https://[zz]",
                                  "1https://a",
                                  "https://a:443:443",
                                  "https://a%2Fb",
                                  "https://%",
                                  "https://.",
                                  "https://a..b",
                                  "https://[:::::]"})
            bad(value, form);
        bad("ftp://a", "must begin with https://");
        bad("javascript://a", "must begin with https://");
        for (const char* value : {"https://u@a", "https://u:p@a", "https://@a"})
            bad(value, "must not contain user info");
        for (const char* value : {"https://a?", "https://a/?x", "https://a?x=1"})
            bad(value, "must not contain a query");
        for (const char* value : {"https://a#", "https://a/#x"}) bad(value, "must not contain a fragment");
        for (const char* value : {"https://a//", "https://a/b//c", "https://a//b"})
            bad(value, "must not contain '//' in its path");
        for (const char* value : {"https://a/.", "https://a/b/../c", "https://a/..", "https://a/./"})
            bad(value, "must not contain '.' or '..' in its path");
        bad("https://a/\xC3\xBC", "must have a path of ASCII characters; write others as %XX");
        for (const char* value : {"https://a%C3%BCb",
                                  "https://b\xC3\xBC"
                                  "cher",
                                  "https://a~b"})
            bad(value, "must name its host in ASCII letters, digits, '-', '.' and '_'");
        const string plain = "must use https: plain http is for loopback hosts only, unless allow_plain_http is set";
        for (const char* value : {"http://accounts.feishu.cn", "http://127.0.0.1.example.com", "http://0127.0.0.1",
                                  "http://10.0.0.1", "HTTP://a"})
            bad(value, plain);
        for (const char* value : {"https://a", "https://a/", "HTTPS://A.B:8443/", "https://[::1]:8443",
                                  "http://127.0.0.1:8080", "http://localhost", "http://[::1]/", "https://a_b.c",
                                  "https://a/b", "https://a/b/", "https://a/B%2F/..c"})
            takes([&, field = member](options& o) { o.*field = value; });
        takes([&, field = member](options& o) { o.*field = "http://accounts.feishu.cn", o.allow_plain_http = true; });
    }
}

BOOST_AUTO_TEST_CASE(a_domain_becomes_the_endpoint) {
    BOOST_TEST(url_of_first_request({}) == "https://accounts.feishu.cn/oauth/v1/app/registration");
    BOOST_TEST(url_of_first_request({.domain = "HTTPS://Accounts.Example:443/"}) ==
               "https://accounts.example/oauth/v1/app/registration");
    BOOST_TEST(url_of_first_request({.domain = "https://a:8443"}) == "https://a:8443/oauth/v1/app/registration");
    for (const char* same : {"https://h", "https://H", "https://h:443/", "https://h:0443", "HTTPS://h:00443/"})
        BOOST_TEST(url_of_first_request({.domain = same}) == "https://h/oauth/v1/app/registration", same);
    for (const char* same : {"https://gw/Feishu", "https://GW:443/Feishu/"})
        BOOST_TEST(url_of_first_request({.domain = same}) == "https://gw/Feishu/oauth/v1/app/registration", same);
    BOOST_TEST(url_of_first_request({.domain = "https://gw/a%2fb/c"}) ==
               "https://gw/a%2fb/c/oauth/v1/app/registration");
    BOOST_TEST(url_of_first_request({.domain = "https://a:080"}) == "https://a:80/oauth/v1/app/registration");
    BOOST_TEST(url_of_first_request({.domain = "https://a:80"}) == "https://a:80/oauth/v1/app/registration");
    BOOST_TEST(url_of_first_request({.domain = "http://127.0.0.1:80"}) == "http://127.0.0.1/oauth/v1/app/registration");
    BOOST_TEST(url_of_first_request({.domain = "http://[::1]:8080"}) == "http://[::1]:8080/oauth/v1/app/registration");
}

// protocol.md 2: http links to loopback only, and only if the service is on loopback.
BOOST_AUTO_TEST_CASE(a_loopback_service_may_show_a_loopback_link) {
    const auto state_after_link = [](const string& domain, const string& link) {
        flow f{{.domain = domain, .check_auth_methods = false, .allow_plain_http = true}};
        const auto out = f.poll_output({});
        const lark::http_response begun{200, {}, R"({"device_code":"d","verification_uri_complete":")" + link + "\"}"};
        f.handle_response(std::get<send_request>(out).request_id, {}, begun);
        return string{f.state_name()};
    };
    BOOST_TEST(state_after_link("http://127.0.0.1:8080", "http://127.0.0.1:8080/page") == "poll_due");
    BOOST_TEST(state_after_link("https://localhost:8443", "http://[::1]/page") == "poll_due");
    BOOST_TEST(state_after_link("http://127.0.0.1:8080", "https://open.feishu.cn/page") == "poll_due");
    BOOST_TEST(state_after_link("http://127.0.0.1:8080", "http://open.feishu.cn/page") == "finished");
    BOOST_TEST(state_after_link("http://accounts.example", "http://127.0.0.1/page") == "finished");
    BOOST_TEST(state_after_link("https://accounts.example", "http://127.0.0.1/page") == "finished");
}

BOOST_AUTO_TEST_CASE(sources) {
    refuses("source", "must be a non-empty string", [](options& o) { o.source = ""; });
    for (const char* value : {"a\nb", "\x1B[31m", "a\x7F", "\xC2\x85"})
        refuses("source", "must not contain control characters", [&](options& o) { o.source = value; });
    refuses("source", "must not contain a NUL character", [](options& o) { o.source = string(1, '\0'); });
    refuses("source", "must be valid UTF-8", [](options& o) { o.source = "\xFF"; });
    refuses("source", "supports at most 256 bytes, got 257", [](options& o) { o.source = string(257, 'x'); });
    takes([](options& o) { o.source = string(256, 'x'); });
    takes([](options& o) { o.source = "my tool/\xE5\xAE\xA2"; });
}

BOOST_AUTO_TEST_CASE(durations) {
    const auto check = [](const char* name, std::chrono::milliseconds options::*member,
                          std::chrono::milliseconds longest) {
        for (const auto bad :
             {std::chrono::milliseconds::min(), -1ms, 0ms, longest + 1ms, std::chrono::milliseconds::max()})
            refuses(name,
                    "must be from 1 to " + std::to_string(longest.count()) + " ms, got " + std::to_string(bad.count()),
                    [&](options& o) { o.*member = bad; });
        for (const auto good : {1ms, longest}) takes([&](options& o) { o.*member = good; });
    };
    for (const auto bad : {-1ms, 0ms, std::chrono::milliseconds{48h} + 1ms, std::chrono::milliseconds::max()})
        refuses("give_up_after", "must be from 1 to 172800000 ms, got " + std::to_string(bad.count()),
                [&](options& o) { o.give_up_after = bad; });
    for (const auto good : {1ms, std::chrono::milliseconds{48h}}) takes([&](options& o) { o.give_up_after = good; });
    check("request_timeout", &options::request_timeout, 10min);
    check("start_budget", &options::start_budget, 1h);
    check("expiry_grace", &options::expiry_grace, 1min);
}

BOOST_AUTO_TEST_CASE(margin) {
    for (const double bad : {0.0, 0.999, -1.0, 10.001, std::nan(""), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()})
        refuses("interval_margin", "must be from 1 to 10", [&](options& o) { o.interval_margin = bad; });
    for (const double good : {1.0, 1.1, 10.0}) takes([&](options& o) { o.interval_margin = good; });
}

BOOST_AUTO_TEST_CASE(first_polls) {
    refuses("first_poll", "must be at_once or after_interval",
            [](options& o) { o.first_poll = static_cast<first_poll>(7); });
}

BOOST_AUTO_TEST_SUITE_END()
