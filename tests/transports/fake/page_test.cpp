// SPDX-License-Identifier: MIT
#include <lark/fake/sandbox.hpp>

#include "visit.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

// The page behind the link, and its protection against misuse.
namespace {

using namespace lark::fake;
using namespace lark::fake_test;
using namespace std::chrono_literals;
using lark::http_response;

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_page)

BOOST_AUTO_TEST_CASE(it_shows_the_code_and_the_requested_names) {
    visit v;
    const auto page = v.get(v.path + "&source=cpp-sdk%2Fmy-tool&name=My%20app");
    BOOST_TEST(page.status == 200);
    BOOST_TEST(has(page.body, v.user_code));
    BOOST_TEST(has(page.body, "cpp-sdk/my-tool asks to create an app"));
    BOOST_TEST(has(page.body, "My app"));
    BOOST_TEST(lark::find_header(page.headers, "Content-Type").value_or("") == "text/html; charset=utf-8");
    BOOST_TEST(has(std::string(lark::find_header(page.headers, "Content-Security-Policy").value_or("")),
                   "default-src 'none'"));
    BOOST_TEST(lark::find_header(page.headers, "Cache-Control").value_or("") == "no-store");
    BOOST_TEST(lark::find_header(page.headers, "X-Frame-Options").value_or("") == "DENY");
}

BOOST_AUTO_TEST_CASE(approve_and_deny_go_through_and_back_to_the_page) {
    for (const bool yes : {true, false}) {
        visit v;
        const auto done = v.post(v.path, "user_code=" + v.user_code + "&token=" + v.token() +
                                             (yes ? "&decision=approve" : "&decision=deny"));
        BOOST_TEST(done.status == 303);
        BOOST_TEST(lark::find_header(done.headers, "Location").value_or("") == v.path);
        BOOST_TEST((v.state() == (yes ? code_state::approved : code_state::denied)));
        const auto after = v.get(v.path);
        BOOST_TEST(after.status == 200);
        BOOST_TEST(!has(after.body, "<form"));
    }
}

BOOST_AUTO_TEST_CASE(opening_the_page_identifies_the_user_to_the_service) {
    visit v{{.service = {.tenant_brand = "lark"}}};
    static_cast<void>(v.get(v.path));
    v.box.with_service(
        [&](accounts_service& s, lark::time_point now) { BOOST_TEST(s.find(v.user_code, now)->opened); });
}

BOOST_AUTO_TEST_CASE(without_the_token_nothing_is_decided) {
    visit v;
    const auto token = v.token();
    visit other;
    for (const std::string& form :
         {"user_code=" + v.user_code + "&decision=approve", "user_code=" + v.user_code + "&decision=approve&token=",
          "user_code=" + v.user_code + "&decision=approve&token=" + std::string(64, '0'),
          "user_code=" + v.user_code + "&decision=approve&token=" + other.token(),
          "user_code=AAAA-BBBB&decision=approve&token=" + token}) {
        BOOST_TEST(v.post(v.path, form).status == 403, form);
    }
    BOOST_TEST(
        v.post(v.path, "user_code=" + v.user_code + "&token=" + token + "&decision=approve&decision=deny").status ==
        400);
    BOOST_TEST(v.post(v.path, "user_code=" + v.user_code + "&token=" + token + "&decision=maybe").status == 400);
    BOOST_TEST(
        v.post(v.path, "user_code=" + v.user_code + "&token=" + token + "&decision=approve", "text/plain").status ==
        400);
    BOOST_TEST(v.get(v.path + "&token=" + token + "&decision=approve").status == 200);
    BOOST_TEST((v.state() == code_state::pending));
}

BOOST_AUTO_TEST_CASE(hostile_texts_stay_texts) {
    visit v;
    const auto page = v.get(v.path +
                            "&name=%3Cscript%3Ealert(1)%3C/script%3E&source=%22%3E%3Cimg%20src=x%3E&desc=%E2%80%AEevil&"
                            "%3Cb%3E=%27%26amp;&x=%00%1b%5B31m&y=%ff%fe")
                          .body;
    BOOST_TEST(!has(page, "<script>alert"));
    BOOST_TEST(!has(page, "<img"));
    BOOST_TEST(!has(page, "<b>"));
    BOOST_TEST(!has(page, "\xe2\x80\xae"));
    BOOST_TEST(!has(page, "\x1b"));
    BOOST_TEST(!has(page, "\xff"));
    BOOST_TEST(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

BOOST_AUTO_TEST_CASE(an_unknown_code_or_method_is_reported) {
    visit v;
    BOOST_TEST(v.get("/page/launcher").status == 404);
    BOOST_TEST(v.get("/page/launcher?user_code=%3Cscript%3E").status == 404);
    BOOST_TEST(v.get("/page/launcher?user_code=%zz").status == 404);
    BOOST_TEST(v.get("/page/cli?user_code=" + v.user_code).status == 200);
    BOOST_TEST(v.talk.ask("DELETE " + v.path + " HTTP/1.1\r\nHost: " + authority(v.box.url()) + "\r\n\r\n").status ==
               405);
    BOOST_TEST(v.get("/nothing").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
