// SPDX-License-Identifier: MIT
#include "visit.hpp"

#include <lark/registration/link.hpp>

#include <boost/test/unit_test.hpp>

#include <Poco/Base64Encoder.h>
#include <Poco/DeflatingStream.h>

#include <sstream>
#include <string>

// How the page reads a link's parameters (protocol.md, sections 2 and 5), and the dashboard.
namespace {

using namespace lark::fake_test;
using namespace std::chrono_literals;
using lark::registration::options;

/// The path and query of the link that `with` makes.
std::string target_for(const visit& v, const options& with) {
    return lark::registration::preview_link(with, v.box.url() + v.path).substr(v.box.url().size());
}

std::string encode(const std::string& json) {
    std::ostringstream text;
    Poco::Base64Encoder encoder(text, Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING);
    Poco::DeflatingOutputStream deflated(encoder, Poco::DeflatingStreamBuf::STREAM_GZIP);
    deflated << json;
    deflated.close();
    encoder.close();
    return text.str();
}

std::string page_with_addons(visit& v, const std::string& json) {
    const auto page = v.get(v.path + "&addons=" + encode(json));
    BOOST_TEST(page.status == 200);
    return page.body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_link_page)

BOOST_AUTO_TEST_CASE(all_that_the_link_asks_for_is_shown) {
    visit v;
    options with{.source = "my-tool"};
    with.domain = v.box.url();
    with.app_preset = {.avatar = {"https://example.com/1.png", "https://example.com/2.png"},
                       .name = "名称 & <b>",
                       .desc = "for {user}"};
    with.addons = {.preset = false,
                   .scopes = {.tenant = {"im:message:send_as_bot"}, .user = {"contact:user.base:readonly"}},
                   .events = {.items = {.tenant = {"im.message.receive_v1"}, .user = {"calendar.event.changed_v4"}}},
                   .callbacks = {.items = {"card.action.trigger"}}};
    with.create_only = true;
    const auto page = v.get(target_for(v, with)).body;
    for (const char* part :
         {"cpp-sdk/my-tool asks to create", "名称 &amp; &lt;b&gt;", "for Sandbox User", "https://example.com/1.png",
          "https://example.com/2.png", "im:message:send_as_bot", "contact:user.base:readonly", "im.message.receive_v1",
          "calendar.event.changed_v4", "card.action.trigger", "preset is off", "A new app only"}) {
        BOOST_TEST(has(page, part), part);
    }
    BOOST_TEST(!has(page, "Left out"));
    BOOST_TEST(!has(page, "<img"));
}

BOOST_AUTO_TEST_CASE(avatars_that_cannot_be_are_left_out_by_name) {
    visit v;
    std::string target = v.path + "&avatar=javascript:alert(1)&avatar=nonsense";
    for (int i = 1; i <= 7; ++i) target += "&avatar=https://example.com/" + std::to_string(i) + ".png";
    const auto page = v.get(target).body;
    BOOST_TEST(has(page, "avatar: javascript:alert(1)"));
    BOOST_TEST(has(page, "avatar: nonsense"));
    BOOST_TEST(has(page, "avatar: https://example.com/7.png"));
    BOOST_TEST(!has(page, "avatar: https://example.com/6.png"));
    BOOST_TEST(has(page, "more than 6 avatars"));
    BOOST_TEST(has(page, "not an http or https address"));
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_are_left_out_one_by_one) {
    visit v;
    const auto page = page_with_addons(
        v,
        R"({"scopes":{"tenant":["im:message","no scope","a"]},"callbacks":{"items":["card.action.trigger","<script>"]}})");
    BOOST_TEST(has(page, "<code>im:message</code>"));
    BOOST_TEST(has(page, "scopes.tenant: no scope"));
    BOOST_TEST(has(page, "scopes.tenant: a<"));
    BOOST_TEST(has(page, "callbacks.items: &lt;script&gt;"));
    BOOST_TEST(has(page, "not the form of such a name"));
}

BOOST_AUTO_TEST_CASE(a_payload_of_the_wrong_shape_is_dropped_as_a_whole_and_the_page_says_where) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"scopes":{"tenant":["im:message"]},"extra":1})", "addons.extra"},
        {R"({"scopes":{"tenant":["im:message"],"bot":[]}})", "scopes.bot"},
        {R"({"scopes":["im:message"]})", "<code>scopes</code>"},
        {R"({"scopes":{"tenant":"im:message"}})", "scopes.tenant"},
        {R"({"scopes":{"tenant":["im:message",1]}})", "scopes.tenant[1]"},
        {R"({"scopes":{"tenant":["im:message",""]}})", "scopes.tenant[1]"},
        {R"({"scopes":{"tenant":["im:message"]},"events":{"tenant":[]}})", "events.tenant"},
        {R"({"scopes":{"tenant":["im:message"]},"preset":"no"})", "addons.preset"},
        {R"({"scopes":{"tenant":["im:message"]},"callbacks":{}})", "<code>callbacks</code>"},
        {R"({"scopes":{}})", "asks for nothing"},
        {R"(["im:message"])", "<code>addons</code>"},
        {R"({"scopes":{"tenant":["im:message"]})", "cannot be read"},
        {" ", "cannot be read"},
    };
    visit v;
    for (const auto& [json, text] : cases) {
        const auto page = page_with_addons(v, json);
        BOOST_TEST(has(page, "Left out"), json);
        BOOST_TEST(has(page, text), json);
        BOOST_TEST(!has(page, "<code>im:message</code>"), json);
    }
    BOOST_TEST(!has(page_with_addons(v, R"({"preset":false})"), "Left out"));
}

BOOST_AUTO_TEST_CASE(addons_that_are_not_gzip_are_reported) {
    visit v;
    for (const std::string text : {"!!!", "AAAA", "H4sIAAAAAAAA", "%00"}) {
        const auto page = v.get(v.path + "&addons=" + text);
        BOOST_TEST(page.status == 200, text);
        BOOST_TEST(has(page.body, "cannot be read"), text);
    }
}

BOOST_AUTO_TEST_CASE(addons_that_inflate_beyond_the_cap_are_reported) {
    visit v;
    const std::string start = R"({"scopes":{"tenant":["im:message","a:)";
    const std::string end = R"("]}})";
    const auto of_size = [&](std::size_t size) {
        return start + std::string(size - start.size() - end.size(), 'x') + end;
    };
    BOOST_TEST(has(page_with_addons(v, of_size(64 * 1024)), "<code>im:message</code>"));
    BOOST_TEST(has(page_with_addons(v, of_size(64 * 1024 + 1)), "more than 64 KiB"));
    BOOST_TEST(has(page_with_addons(v, of_size(8 * 1024 * 1024)), "more than 64 KiB"));
    std::string deep = R"({"scopes":)";
    for (int i = 0; i < 10'000; ++i) deep += '[';
    BOOST_TEST(has(page_with_addons(v, deep), "cannot be read"));
}

BOOST_AUTO_TEST_CASE(an_approved_link_brings_the_scopes_that_it_asks_for) {
    visit v;
    const auto decide = [&](const std::string& decision) {
        const auto target =
            v.path + "&addons=" + encode(R"({"scopes":{"tenant":["im:message","not a name"],"user":["im:chat"]}})");
        const auto token = token_in(v.get(target).body);
        v.post(target, "user_code=" + v.user_code + "&token=" + token + "&decision=" + decision);
        lark::registration::addon_groups scopes;
        v.box.with_service(
            [&](accounts_service& s, lark::time_point now) { scopes = s.find(v.user_code, now)->scopes; });
        return scopes;
    };
    BOOST_TEST((decide("approve") == lark::registration::addon_groups{{"im:message"}, {"im:chat"}}));
    v.begin();
    BOOST_TEST((decide("deny") == lark::registration::addon_groups{}));
}

BOOST_AUTO_TEST_CASE(an_app_of_the_sandbox_can_be_updated_and_no_other) {
    visit v;
    const auto approve = [&](const std::string& target) {
        const auto page = v.get(target).body;
        return v.post(target, "user_code=" + v.user_code + "&token=" + token_in(page) + "&decision=approve");
    };
    const auto unknown = v.path + "&clientID=cli_0123456789abcdef";
    BOOST_TEST(has(v.get(unknown).body, "Unknown app"));
    BOOST_TEST(!has(v.get(unknown).body, "value=\"approve\""));
    BOOST_TEST(approve(unknown).status == 409);
    BOOST_TEST((v.state() == code_state::pending));
    BOOST_TEST(approve(v.path).status == 303);

    std::string client_id;
    v.box.with_service(
        [&](accounts_service& s, lark::time_point now) { client_id = s.find(v.user_code, now)->client_id; });
    v.begin();
    const auto known = v.path + "&clientID=" + client_id;
    BOOST_TEST(has(v.get(known).body, "Update an app"));
    BOOST_TEST(has(v.get(known).body, client_id));
    BOOST_TEST(approve(known).status == 303);
    v.box.with_service([&](accounts_service& s, lark::time_point now) {
        BOOST_TEST(s.find(v.user_code, now)->client_id == client_id);
    });
    v.begin();
    const auto create_only = v.get(v.path + "&createOnly=true&clientID=cli_unknown").body;
    BOOST_TEST(has(create_only, "Register an app"));
    BOOST_TEST(has(create_only, "ignored since createOnly is set"));
}

BOOST_AUTO_TEST_CASE(a_token_for_one_app_is_none_for_another) {
    visit v;
    const auto token = token_in(v.get(v.path).body);
    BOOST_TEST(
        v.post(v.path + "&clientID=cli_x", "user_code=" + v.user_code + "&token=" + token + "&decision=deny").status ==
        403);
}

BOOST_AUTO_TEST_CASE(the_page_speaks_english_and_chinese) {
    visit v;
    const auto ask = [&](const std::string& query, const std::string& accept) {
        return v.talk
            .ask("GET " + v.path + query + " HTTP/1.1\r\nHost: " + authority(v.box.url()) +
                 "\r\nAccept-Language: " + accept + "\r\n\r\n")
            .body;
    };
    const std::string english = "<html lang=\"en\">";
    const std::string chinese = "<html lang=\"zh-CN\">";
    BOOST_TEST(has(ask("", "de"), english));
    BOOST_TEST(has(ask("", "zh-CN,zh;q=0.9,en;q=0.8"), chinese));
    BOOST_TEST(has(ask("", "en-US,en;q=0.9,zh;q=0.8"), english));
    BOOST_TEST(has(ask("", "en;q=0.1, zh-TW;q=0.3"), chinese));
    BOOST_TEST(has(ask("", "zh;q=nonsense"), english));
    BOOST_TEST(has(ask("&lang=zh", "en"), chinese));
    BOOST_TEST(has(ask("&lang=en", "zh"), english));
    BOOST_TEST(has(ask("&lang=zh", "en"), "批准"));
}

BOOST_AUTO_TEST_CASE(only_scripts_with_the_nonce_of_this_very_reply_run) {
    visit v;
    const auto nonce_of = [](const lark::http_response& page) {
        const std::string policy(lark::find_header(page.headers, "Content-Security-Policy").value_or(""));
        const auto at = policy.find("script-src 'nonce-");
        BOOST_REQUIRE(at != std::string::npos);
        return policy.substr(at + 18, 32);
    };
    const auto first = v.get(v.path);
    const auto second = v.get(v.path);
    BOOST_TEST(nonce_of(first) != nonce_of(second));
    BOOST_TEST(has(first.body, "<script nonce=\"" + nonce_of(first) + "\">"));
    BOOST_TEST(!has(first.body, "<script>"));
}

BOOST_AUTO_TEST_CASE(the_dashboard_shows_codes_polls_and_counts) {
    visit v;
    BOOST_TEST(has(v.get("/").body, v.user_code));
    std::string device_code;
    const auto begun =
        v.talk.ask(post_form(v.box, "action=begin&archetype=PersonalAgent&auth_method=client_secret")).body;
    const auto at = begun.find("\"device_code\":\"") + 15;
    device_code = begun.substr(at, begun.find('"', at) - at);
    static_cast<void>(v.talk.ask(post_form(v.box, "action=poll&device_code=" + device_code)));
    static_cast<void>(v.talk.ask(post_form(v.box, "action=poll&device_code=" + device_code)));
    const auto page = v.get("/?lang=en");
    BOOST_TEST(page.status == 200);
    BOOST_TEST(has(page.body, "authorization_pending"));
    BOOST_TEST(has(page.body, "slow_down"));
    BOOST_TEST(has(page.body, "10.0 s"));  // the interval after slow_down
    BOOST_TEST(!has(page.body, device_code));
    BOOST_TEST(has(page.body, "<body data-renew>"));
    BOOST_TEST(!has(v.get("/?renew=off").body, "data-renew>"));
    BOOST_TEST(has(v.get("/?lang=zh").body, "此沙箱中的注册"));
    BOOST_TEST(v.post("/", "x=y").status == 405);
    sandbox_options none{};
    const sandbox empty(none);
    talker t(empty.url());
    BOOST_TEST(has(t.ask("GET / HTTP/1.1\r\nHost: " + authority(empty.url()) + "\r\n\r\n").body, empty.url()));
}

BOOST_AUTO_TEST_SUITE_END()
