// SPDX-License-Identifier: MIT
// Values of the public API: names, outcomes and their exceptions, secrets, texts, times.
#include <lark/http.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/flow.hpp>
#include <lark/secret.hpp>
#include <lark/text.hpp>
#include <lark/time.hpp>

#include "base/redact.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <sstream>
#include <type_traits>

using namespace lark;
using namespace lark::registration;
using namespace std::chrono_literals;
using std::string;

namespace {

template <class T>
concept printable_by_stream = requires(std::ostream& out, const T& value) {
    out << value;
};

// protocol.md 7: no operator<< of a structure that holds secrets; and no implicit conversion.
static_assert(!printable_by_stream<secret> && !printable_by_stream<app> && !printable_by_stream<http_request> &&
              !printable_by_stream<http_response>);
static_assert(!printable_by_stream<qr_code_ready> && !printable_by_stream<send_request> &&
              !printable_by_stream<outcome>);
static_assert(!std::convertible_to<secret, string> && !std::convertible_to<secret, std::string_view> &&
              !std::convertible_to<string, secret>);
static_assert(std::is_nothrow_move_constructible_v<secret> && std::is_nothrow_move_assignable_v<secret>);
static_assert(std::copyable<flow> && std::is_nothrow_move_constructible_v<outcome>);

template <class T>
string shown(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(names_of_statuses) {
    BOOST_TEST(to_string(status::polling) == "polling");
    BOOST_TEST(to_string(status::slow_down) == "slow_down");
    BOOST_TEST(to_string(status::domain_switched) == "domain_switched");
    BOOST_TEST(to_string(status::retrying) == "retrying");
    BOOST_TEST(to_string(static_cast<status>(99)) == "unknown");
    BOOST_TEST(shown(status::slow_down) == "slow_down");
}

BOOST_AUTO_TEST_CASE(names_of_failures) {
    using enum transport_failure_kind;
    const std::pair<transport_failure_kind, string> all[] = {{name_unknown, "name_unknown"},
                                                             {name_temporary, "name_temporary"},
                                                             {connect, "connect"},
                                                             {timeout, "timeout"},
                                                             {cut, "cut"},
                                                             {certificate, "certificate"},
                                                             {tls, "tls"},
                                                             {proxy, "proxy"},
                                                             {protocol, "protocol"},
                                                             {too_large, "too_large"}};
    for (const auto& [kind, name] : all) BOOST_TEST(to_string(kind) == name);
    BOOST_TEST(to_string(static_cast<transport_failure_kind>(99)) == "unknown");
}

BOOST_AUTO_TEST_CASE(headers_are_found_in_any_case) {
    const std::vector<http_header> headers{{"Date", "1"}, {"DATE", "2"}, {"X", ""}};
    BOOST_TEST((find_header(headers, "dAtE") == "1"));
    BOOST_TEST((find_header(headers, "x") == ""));
    BOOST_TEST(!find_header(headers, "dat"));
    BOOST_TEST(!find_header(headers, "dates"));
    BOOST_TEST(!find_header({}, "date"));
}

BOOST_AUTO_TEST_CASE(an_origin_ends_before_path_query_and_fragment) {
    for (const std::string_view behind : {"", "/", "/a/b", "?x=/", "#/"}) {
        BOOST_TEST(origin_of("https://a.test" + std::string{behind}) == "https://a.test");
        BOOST_TEST(origin_of("http://[::1]:8080" + std::string{behind}) == "http://[::1]:8080");
    }
    BOOST_TEST(origin_of("no url") == "no url");
    BOOST_TEST(origin_of("") == "");
}

BOOST_AUTO_TEST_CASE(an_app_is_returned) {
    const app good{"id", secret{"s"}, user_info{"o", "lark"}};
    BOOST_TEST((value_or_throw(good) == good));
}

BOOST_AUTO_TEST_CASE(each_failure_throws_its_own_kind) {
    const failure denied{failure_kind::access_denied, "access_denied", "no", false, ""};
    BOOST_CHECK_EXCEPTION(static_cast<void>(value_or_throw(denied)), app_access_denied_error,
                          [&](const app_access_denied_error& e) {
                              return e.failure() == denied && e.code() == "access_denied" && e.description() == "no" &&
                                     string{e.what()} == "access_denied: no";
                          });
    const failure gone{failure_kind::expired, "invalid_grant", "gone", true, "cut"};
    BOOST_CHECK_EXCEPTION(static_cast<void>(value_or_throw(gone)), app_expired_error, [&](const app_expired_error& e) {
        return e.local() && e.code() == "invalid_grant" && e.failure() == gone;
    });
    const failure odd{failure_kind::other, "x", "", true, ""};
    BOOST_CHECK_EXCEPTION(static_cast<void>(value_or_throw(odd)), register_app_error, [&](const register_app_error& e) {
        return string{e.what()} == "x" && dynamic_cast<const app_expired_error*>(&e) == nullptr &&
               dynamic_cast<const app_access_denied_error*>(&e) == nullptr;
    });
    BOOST_CHECK_THROW(static_cast<void>(value_or_throw(denied)), register_app_error);
    BOOST_CHECK_THROW(static_cast<void>(value_or_throw(denied)), std::runtime_error);
    // protocol.md 7: shown in a terminal, so escaped; the members keep what came.
    const failure hostile{failure_kind::other, "a\x1b[31m",
                          "b\xE2\x80\xAE"
                          "c\n",
                          false, ""};
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(value_or_throw(hostile)), register_app_error, [&](const register_app_error& e) {
            return string{e.what()} == "a\\u{001B}[31m: b\\u{202E}c\\u{000A}" && e.code() == hostile.code;
        });
}

BOOST_AUTO_TEST_CASE(a_secret_is_revealed_on_request) {
    BOOST_TEST(secret{"abc"}.reveal() == "abc");
    BOOST_TEST(secret{string{"abc"}}.reveal() == "abc");
    BOOST_TEST(secret{std::string_view{"abc"}}.reveal() == "abc");
    BOOST_TEST(secret{}.empty());
    BOOST_TEST((secret{"a"} == secret{"a"}));
    BOOST_TEST((secret{"a"} != secret{"b"}));
}

BOOST_AUTO_TEST_CASE(a_secret_moves_and_copies) {
    for (const string& text : {string{"short"}, string(100, 'l')}) {
        secret a{text};
        secret copy{a};
        BOOST_TEST((copy == a));
        secret b{std::move(a)};
        BOOST_TEST(b.reveal() == text);
        BOOST_TEST(a.empty());  // NOLINT: wiped is what is tested
        secret c{"other"};
        c = std::move(b);
        BOOST_TEST(c.reveal() == text);
        BOOST_TEST(b.empty());  // NOLINT
        secret d{string(50, 'x')};
        d = c;
        BOOST_TEST((d == c));
        auto& same = d;
        d = same;
        BOOST_TEST(d.reveal() == text);
        d = std::move(same);
        BOOST_TEST(d.reveal() == text);
    }
}

BOOST_AUTO_TEST_CASE(a_secret_wipes_what_it_leaves) {
    // Reads the memory of the moved-from string, within its capacity.
    for (const string& text : {string{"short"}, string(100, 'l')}) {
        const auto left = [&](const secret& s) {
            const char* bytes = s.reveal().data();
            return std::any_of(bytes, bytes + s.reveal().capacity(),
                               [&](char c) { return text.find(c) != string::npos; });
        };
        secret a{text};
        secret b{std::move(a)};
        BOOST_TEST(!left(a));  // NOLINT
        secret c{text};
        secret d{"z"};
        d = std::move(c);
        BOOST_TEST(!left(c));  // NOLINT
        c = secret{"y"};
        BOOST_TEST(!left(c));
        string given = text;
        secret e{std::move(given)};
        BOOST_TEST((e.reveal() == text));
    }
}

BOOST_AUTO_TEST_CASE(printable_text) {
    BOOST_TEST(printable("plain ~ text") == "plain ~ text");
    BOOST_TEST(printable("") == "");
    BOOST_TEST(printable("\xE5\xAE\xA2\xC3\xA9\xF0\x9F\xA4\x96") == "\xE5\xAE\xA2\xC3\xA9\xF0\x9F\xA4\x96");
    BOOST_TEST(printable(std::string_view{"\0\t\n\r\x1B\x1F\x7F", 7}) ==
               "\\u{0000}\\u{0009}\\u{000A}\\u{000D}\\u{001B}\\u{001F}\\u{007F}");
    BOOST_TEST(printable("\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0") == "\\u{0080}\\u{009B}\\u{009F}\xC2\xA0");
    for (const auto& [bytes, escaped] : {std::pair{"\xD8\x9C", "061C"},
                                         {"\xE2\x80\x8E", "200E"},
                                         {"\xE2\x80\x8F", "200F"},
                                         {"\xE2\x80\xA8", "2028"},
                                         {"\xE2\x80\xA9", "2029"},
                                         {"\xE2\x80\xAA", "202A"},
                                         {"\xE2\x80\xAE", "202E"},
                                         {"\xE2\x81\xA6", "2066"},
                                         {"\xE2\x81\xA9", "2069"}})
        BOOST_TEST(printable(bytes) == string{"\\u{"} + escaped + '}');
    BOOST_TEST(printable("\xE2\x80\xA7\xE2\x80\xAF\xE2\x81\xA5") ==
               "\xE2\x80\xA7\xE2\x80\xAF\xE2\x81\xA5");  // their neighbours
    BOOST_TEST(printable("a\xFF\xC3z\x80") == "a\\x{FF}\\x{C3}z\\x{80}");
    BOOST_TEST(printable("\xED\xA0\x80") == "\\x{ED}\\x{A0}\\x{80}");
    BOOST_TEST(printable("\xC0\x8A") == "\\x{C0}\\x{8A}");
}

BOOST_AUTO_TEST_CASE(utf8_is_that_of_rfc_3629) {
    using base::is_valid_utf8;
    for (const char* good : {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                             "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        BOOST_TEST(is_valid_utf8(good));
    for (const char* bad :
         {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE0\xA0", "\xED\xA0\x80", "\xED\xBF\xBF",
          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "a\xC2"})
        BOOST_TEST(!is_valid_utf8(bad));
    BOOST_TEST(base::cut("abc", 3) == "abc");
    BOOST_TEST(base::cut("abcd", 3) == "abc");
    BOOST_TEST(base::cut("ab\xC3\xA9", 3) == "ab");
    BOOST_TEST(base::cut("\xF0\x9F\xA4\x96", 3) == "");
    BOOST_TEST(base::cut("", 0) == "");
}

BOOST_AUTO_TEST_CASE(redaction) {
    using base::redact;
    BOOST_TEST(redact("code abcd!", {"abcd"}, 100) == "code [redacted]!");
    BOOST_TEST(redact("abcdabcd", {"abcd"}, 100) == "[redacted][redacted]");
    BOOST_TEST(redact("abcdef", {"abcd", "abcdef"}, 100) == "[redacted]");  // the longest
    BOOST_TEST(redact("abc", {"abc", ""}, 100) == "abc");                   // too short to be one
    BOOST_TEST(redact("xxxxxxxx", {}, 4) == "xxxx");
    BOOST_TEST(redact("xxabcdxx", {"abcd"}, 4) == "xx[r");  // a secret across the cut is removed too
    BOOST_TEST(redact("xx\xC3\xA9", {}, 3) == "xx");
    BOOST_TEST(redact("", {"abcd"}, 4) == "");
}

BOOST_AUTO_TEST_CASE(redaction_of_urls) {
    const auto redacted = [](std::string_view text, std::size_t cap = 100) {
        return base::redact(text, {"https://a.test/?c=1", "https://a.test/?c=1&d=2"}, cap);
    };
    BOOST_TEST(redacted("see https://a.test/?c=1.") == "see [redacted].");
    BOOST_TEST(redacted("https://a.test/?c=1&d=2") == "[redacted]");  // the longer
    BOOST_TEST(redacted("xhttps://a.test/?c=1https://a.test/?c=1") == "x[redacted][redacted]");
    BOOST_TEST(redacted("https://a.test/?c=") == "https://a.test/?c=");
    BOOST_TEST(redacted("https://a.test/?c=2") == "https://a.test/?c=2");
    BOOST_TEST(redacted("12345678 https://a.test/?c=1", 12) == "12345678 [re");  // across the cut
}

// protocol.md 3: all time arithmetic saturates.
BOOST_AUTO_TEST_CASE(time_saturates) {
    constexpr auto low = time_point::min(), high = time_point::max();
    constexpr auto zero = time_point{};
    constexpr auto least = duration::min(), most = duration::max();
    static_assert(saturating_add(zero, 5s) == zero + 5s && saturating_add(zero, -5s) == zero - 5s);
    static_assert(saturating_add(high, 1ns) == high && saturating_add(high - 1ns, 1ns) == high &&
                  saturating_add(high, most) == high);
    static_assert(saturating_add(low, -1ns) == low && saturating_add(low, least) == low &&
                  saturating_add(low, 1ns) == low + 1ns);
    static_assert(saturating_add(high, least) == time_point{duration{-1}} &&
                  saturating_add(low, most) == time_point{duration{-1}});
    static_assert(saturating_sub(zero + 7s, zero) == 7s && saturating_sub(zero, zero + 7s) == -7s);
    static_assert(saturating_sub(high, low) == most && saturating_sub(low, high) == least);
    static_assert(saturating_sub(high, zero) == most && saturating_sub(zero, low) == most &&
                  saturating_sub(low, zero) == least);
    static_assert(saturating_sub(high, high) == 0ns && saturating_sub(low, low) == 0ns);
    BOOST_TEST((from_steady(std::chrono::steady_clock::time_point{3s}) == from_origin(3s)));
}

BOOST_AUTO_TEST_CASE(loopback_hosts) {
    using base::is_loopback_host;
    for (const char* yes : {"localhost", "LOCALHOST", "127.0.0.1", "127.255.255.255", "127.0.0.0", "[::1]"})
        BOOST_TEST(is_loopback_host(yes), yes);
    for (const char* no : {"",
                           "localhost.",
                           "localhostx",
                           "xlocalhost",
                           ".localhost",
                           "a.localhost",  // hosts: files dns
                           "localhost.example.com",
                           "127.0.0.1.example.com",
                           "127.0.0",
                           "127.0.0.1.",
                           "127.1",
                           "127.0.0.256",
                           "128.0.0.1",
                           "0127.0.0.1",
                           "127.0.0.01",
                           "0x7f.0.0.1",
                           "127.0.0.+1",
                           "2130706433",
                           "[::2]",
                           "::1",
                           "[::1",
                           "[0::1]x",
                           "[::ffff:127.0.0.1]"})
        BOOST_TEST(!is_loopback_host(no), no);
}

BOOST_AUTO_TEST_CASE(form_decoding) {
    BOOST_TEST(base::percent_decode("a+b%20c%2Bd", base::encoding::form) == "a b c+d");
    BOOST_TEST(base::percent_decode("%41%4a%4A%zz%4%") == "AJJ%zz%4%");
    BOOST_TEST(base::percent_decode("") == "");
    BOOST_TEST(base::percent_decode("a+b") == "a+b");
    BOOST_TEST(base::percent_encode("aZ0-._~ +&=%/\xC3\xA9") == "aZ0-._~%20%2B%26%3D%25%2F%C3%A9");
}

BOOST_AUTO_TEST_SUITE_END()
