// SPDX-License-Identifier: MIT
#include <lark/fake/accounts_service.hpp>

#include <boost/test/unit_test.hpp>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <string>

// The model of the service by itself (protocol.md, sections 1 to 4).
namespace {

using namespace lark::fake;
using namespace std::chrono_literals;
using lark::http_request;
using lark::http_response;
using lark::time_point;

constexpr time_point start = lark::from_origin(1h);
const std::string begin_form =
    "action=begin&archetype=PersonalAgent&auth_method=client_secret&request_user_info=open_id+tenant_brand";

struct answered {
    int status = 0;
    Poco::JSON::Object::Ptr json;

    [[nodiscard]] std::string text(const std::string& name) const { return json->optValue<std::string>(name, ""); }
    [[nodiscard]] int number(const std::string& name) const { return json->optValue<int>(name, -1); }
    [[nodiscard]] std::string user(const std::string& name) const {
        const auto info = json->getObject("user_info");
        return info ? info->optValue<std::string>(name, "") : "";
    }
};

answered read(const service_reply& reply) {
    const auto& response = std::get<http_response>(reply.result);
    return {response.status, Poco::JSON::Parser().parse(response.body).extract<Poco::JSON::Object::Ptr>()};
}

struct fixture {
    explicit fixture(service_options options = {}) : service(std::move(options)) {}

    accounts_service service;
    std::string device_code{};
    std::string user_code{};

    answered ask(const std::string& form, lark::duration at = {}, host_role host = host_role::feishu) {
        return read(service.handle_form(host, form, start + at));
    }
    answered begin(lark::duration at = {}, host_role host = host_role::feishu) {
        auto reply = ask(begin_form, at, host);
        device_code = reply.text("device_code");
        user_code = reply.text("user_code");
        return reply;
    }
    answered poll(lark::duration at, host_role host = host_role::feishu) {
        return ask("action=poll&device_code=" + device_code, at, host);
    }
    std::string error_of_poll(lark::duration at, host_role host = host_role::feishu) {
        return poll(at, host).text("error");
    }
};

http_request post(const std::string& form) {
    return {.method = "POST",
            .url = "https://accounts.feishu.cn/oauth/v1/app/registration",
            .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
            .body = form,
            .timeout = 1s};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_accounts_service)

BOOST_AUTO_TEST_CASE(init_names_the_method_and_draws_a_nonce) {
    fixture w;
    const auto first = w.ask("action=init");
    BOOST_TEST(first.status == 200);
    BOOST_TEST(first.json->getArray("supported_auth_methods")->getElement<std::string>(0) == "client_secret");
    BOOST_TEST(first.text("nonce").size() == 22u);
    BOOST_TEST(first.text("nonce") != w.ask("action=init").text("nonce"));
}

BOOST_AUTO_TEST_CASE(begin_returns_all_that_a_client_needs) {
    fixture w{{.lifetime = 90s, .interval = 7s, .begin_fields = {{"code", "20094"}}}};
    const auto reply = w.begin();
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(w.device_code.size() == 43u);
    BOOST_TEST(w.user_code.size() == 9u);
    BOOST_TEST(reply.text("verification_uri") == "https://accounts.feishu.cn/page/launcher");
    BOOST_TEST(reply.text("verification_uri_complete") ==
               "https://accounts.feishu.cn/page/launcher?user_code=" + w.user_code);
    BOOST_TEST(reply.number("interval") == 7);
    BOOST_TEST(reply.number("expires_in") == 90);
    BOOST_TEST(reply.number("code") == 20094);
    const auto other = w.ask(begin_form);
    BOOST_TEST(other.text("device_code") != reply.text("device_code"));
    BOOST_TEST(other.text("user_code") != reply.text("user_code"));
}

BOOST_AUTO_TEST_CASE(the_same_calls_get_the_same_replies) {
    fixture one;
    fixture two;
    one.begin();
    two.begin();
    BOOST_TEST(one.device_code == two.device_code);
    std::uint64_t n = 0;
    fixture counted{{.random = [&n] { return n++; }}};
    counted.begin();
    BOOST_TEST(counted.device_code == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg");
}

BOOST_AUTO_TEST_CASE(approval_brings_the_credentials_once) {
    fixture w;
    w.begin();
    BOOST_TEST(w.error_of_poll(0s) == "authorization_pending");
    BOOST_TEST(w.service.approve(w.user_code, start + 1s));
    BOOST_TEST(!w.service.approve(w.user_code, start + 2s));
    const auto reply = w.poll(5s);
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.text("client_id").substr(0, 4) == "cli_");
    BOOST_TEST(reply.text("client_secret").size() == 32u);
    BOOST_TEST(reply.user("open_id").substr(0, 3) == "ou_");
    BOOST_TEST(reply.user("tenant_brand") == "feishu");
    const auto again = w.poll(10s);
    BOOST_TEST(again.status == 400);
    BOOST_TEST(again.text("error") == "invalid_grant");
}

BOOST_AUTO_TEST_CASE(credentials_can_be_had_again_on_request) {
    fixture w{{.single_use = false}};
    w.begin();
    w.service.approve_all(start);
    BOOST_TEST(w.poll(0s).text("client_secret") == w.poll(5s).text("client_secret"));
    BOOST_TEST(!w.poll(10s).text("client_secret").empty());
}

BOOST_AUTO_TEST_CASE(a_denial_is_final) {
    fixture w;
    w.begin();
    BOOST_TEST(w.service.deny(w.user_code, start));
    BOOST_TEST(!w.service.approve(w.user_code, start));
    BOOST_TEST(w.error_of_poll(0s) == "access_denied");
    BOOST_TEST(w.error_of_poll(700s) == "access_denied");
}

BOOST_AUTO_TEST_CASE(a_code_dies_at_the_end_of_its_lifetime) {
    fixture w{{.lifetime = 60s}};
    w.begin();
    BOOST_TEST(w.error_of_poll(60s - 1ns) == "authorization_pending");
    BOOST_TEST(w.error_of_poll(60s) == "expired_token");
    BOOST_TEST(!w.service.approve(w.user_code, start + 60s));
    BOOST_TEST(!w.service.expire(w.user_code, start + 61s));
}

BOOST_AUTO_TEST_CASE(an_approved_code_dies_too_and_can_be_made_to) {
    fixture w{{.lifetime = 60s}};
    w.begin();
    w.service.approve_all(start);
    BOOST_TEST(w.error_of_poll(60s) == "expired_token");
    w.begin();
    BOOST_TEST(w.service.expire_all(start + 1s) == 1u);
    BOOST_TEST(w.error_of_poll(1s) == "expired_token");
}

BOOST_AUTO_TEST_CASE(early_polls_are_answered_slow_down_and_the_step_stays) {
    fixture w;
    w.begin();
    BOOST_TEST(w.error_of_poll(0s) == "authorization_pending");
    BOOST_TEST(w.error_of_poll(5s) == "authorization_pending");
    BOOST_TEST(w.error_of_poll(10s - 1ns) == "slow_down");
    BOOST_TEST(w.error_of_poll(20s - 2ns) == "slow_down");              // 10 s now
    BOOST_TEST(w.error_of_poll(35s - 2ns) == "authorization_pending");  // 15 s now
    BOOST_TEST(w.service.codes(start).front().interval.count() == 15);
}

BOOST_AUTO_TEST_CASE(slow_down_stands_in_for_pending_only) {
    fixture w;
    w.begin();
    BOOST_TEST(w.error_of_poll(0s) == "authorization_pending");
    w.service.approve_all(start);
    BOOST_TEST(!w.poll(1s).text("client_id").empty());
    w.begin();
    BOOST_TEST(w.error_of_poll(0s) == "authorization_pending");
    w.service.deny_all(start);
    BOOST_TEST(w.error_of_poll(1s) == "access_denied");
}

BOOST_AUTO_TEST_CASE(the_first_poll_at_a_host_is_never_too_early) {
    fixture w;
    w.begin();
    BOOST_TEST(w.error_of_poll(0s) == "authorization_pending");
    BOOST_TEST(w.error_of_poll(0s, host_role::lark) == "authorization_pending");
    BOOST_TEST(w.error_of_poll(1s, host_role::lark) == "slow_down");
}

BOOST_AUTO_TEST_CASE(the_interval_need_not_be_enforced) {
    fixture w{{.enforce_interval = false}};
    w.begin();
    for (int i = 0; i < 3; ++i) BOOST_TEST(w.error_of_poll(0s) == "authorization_pending");
}

BOOST_AUTO_TEST_CASE(a_lark_tenant_gets_credentials_at_the_lark_host_only) {
    fixture w{{.tenant_brand = "lark", .pending_fields = {{"code", "20094"}}}};
    w.begin();
    const auto unknown_yet = w.poll(0s);
    BOOST_TEST(unknown_yet.user("tenant_brand") == "");
    BOOST_TEST(unknown_yet.number("code") == 20094);
    BOOST_TEST(w.service.open(w.user_code, start + 1s));
    const auto opened = w.poll(5s);
    BOOST_TEST(opened.text("error") == "authorization_pending");
    BOOST_TEST(opened.user("tenant_brand") == "lark");
    BOOST_TEST(opened.user("open_id").starts_with("ou_"));
    BOOST_TEST(w.poll(5s, host_role::lark).user("tenant_brand") == "");
    w.service.approve_all(start + 6s);
    const auto approved = w.poll(10s);
    BOOST_TEST(approved.text("error") == "authorization_pending");
    BOOST_TEST(approved.text("client_id") == "");
    const auto early = w.poll(11s);
    BOOST_TEST(early.text("error") == "slow_down");
    BOOST_TEST(early.user("tenant_brand") == "lark");
    const auto done = w.poll(10s, host_role::lark);
    BOOST_TEST(!done.text("client_id").empty());
    BOOST_TEST(done.user("tenant_brand") == "lark");
}

BOOST_AUTO_TEST_CASE(the_credentials_may_come_without_the_user) {
    fixture w{{.tenant_brand = "lark", .approve_after = 0s, .user_info_with_credentials = false}};
    w.begin();
    BOOST_TEST(w.poll(0s).user("tenant_brand") == "lark");
    const auto done = w.poll(0s, host_role::lark);
    BOOST_TEST(!done.text("client_secret").empty());
    BOOST_TEST(!done.json->has("user_info"));
}

BOOST_AUTO_TEST_CASE(an_app_may_have_no_secret) {
    fixture w{{.approve_after = 0s, .auth_method = "private_key_jwt"}};
    w.begin();
    const auto done = w.poll(0s);
    BOOST_TEST(done.status == 200);
    BOOST_TEST(done.text("client_id").starts_with("cli_"));
    BOOST_TEST(!done.json->has("client_secret"));
    BOOST_TEST(done.json->getArray("auth_method")->getElement<std::string>(0) == "private_key_jwt");
}

BOOST_AUTO_TEST_CASE(decisions_can_make_themselves) {
    fixture approving{{.approve_after = 10s}};
    approving.begin();
    BOOST_TEST(approving.error_of_poll(10s - 1ns) == "authorization_pending");
    BOOST_TEST(!approving.poll(10s).text("client_id").empty());
    fixture denying{{.approve_after = 10s, .deny_after = 10s}};
    denying.begin();
    BOOST_TEST(denying.error_of_poll(10s) == "access_denied");
    fixture late{{.lifetime = 9s, .approve_after = 10s}};
    late.begin();
    BOOST_TEST(late.error_of_poll(10s) == "expired_token");
    fixture by_hand{{.approve_after = 10s}};
    by_hand.begin();
    by_hand.service.deny_all(start + 9s);
    BOOST_TEST(by_hand.error_of_poll(20s) == "access_denied");
}

BOOST_AUTO_TEST_CASE(requests_outside_the_protocol_are_refused) {
    fixture w;
    for (const std::string form :
         {"", "action=fly", "action=poll", "action=poll&device_code=", "action=begin", "action=init&action=init",
          "action=%zz", "action=begin&archetype=Robot&auth_method=client_secret",
          "action=begin&archetype=PersonalAgent&auth_method=private_key_jwt",
          "action=begin&archetype=PersonalAgent&auth_method=client_secret&request_user_info=phone",
          "action=begin&archetype=PersonalAgent&auth_method=client_secret&request_user_info=open_id+phone"}) {
        const auto reply = w.ask(form);
        BOOST_TEST(reply.status == 400, form);
        BOOST_TEST(reply.text("error") == "invalid_request", form);
        BOOST_TEST(!reply.text("error_description").empty(), form);
    }
    BOOST_TEST(w.ask("action=poll&device_code=unknown").text("error") == "invalid_grant");
    BOOST_TEST(w.service.codes(start).empty());
}

BOOST_AUTO_TEST_CASE(method_path_and_content_type_count) {
    fixture w;
    const auto ask = [&](const http_request& request) {
        return w.service.handle(host_role::feishu, request, start).result;
    };
    BOOST_TEST(std::get<http_response>(ask(post("action=init"))).status == 200);
    auto get = post("action=init");
    get.method = "GET";
    const auto refused = std::get<http_response>(ask(get));
    BOOST_TEST(refused.status == 405);
    BOOST_TEST(lark::find_header(refused.headers, "allow").value_or("") == "POST");
    auto elsewhere = post("action=init");
    elsewhere.url = "https://accounts.feishu.cn/oauth/v1/app";
    BOOST_TEST(std::get<http_response>(ask(elsewhere)).status == 404);
    auto json = post("{}");
    json.headers = {{"Content-Type", "application/json"}};
    BOOST_TEST(std::get<http_response>(ask(json)).status == 400);
    json.headers.clear();
    BOOST_TEST(std::get<http_response>(ask(json)).status == 400);
    BOOST_TEST(w.service.counters().feishu.init == 1u);
    BOOST_TEST(w.service.counters().feishu.other == 4u);
}

BOOST_AUTO_TEST_CASE(errors_come_with_the_status_that_is_asked_for) {
    fixture w{{.error_status = 428}};
    w.begin();
    BOOST_TEST(w.poll(0s).status == 428);
}

BOOST_AUTO_TEST_CASE(faults_meet_whom_they_are_meant_for_and_wear_off) {
    fixture w;
    w.begin();
    w.service.add_fault({.on = action::poll, .at = host_role::lark, .instead = http_response{500, {}, "x"}});
    w.service.add_fault(
        {.on = action::poll, .replies = 2, .instead = http_response{503, {{"Retry-After", "3"}}, "busy"}});
    w.service.add_fault({.on = action::poll,
                         .instead = lark::transport_failure{lark::transport_failure_kind::cut, "cut"},
                         .delay = 2s});
    w.service.add_fault({.on = action::poll, .delay = 3s});
    BOOST_TEST(w.service.faults_left() == 5u);
    BOOST_TEST(w.ask("action=init").status == 200);
    const auto poll = [&](lark::duration at) {
        return w.service.handle_form(host_role::feishu, "action=poll&device_code=" + w.device_code, start + at);
    };
    for (const auto at : {0s, 5s}) {
        const auto busy = poll(at);
        BOOST_TEST(std::get<http_response>(busy.result).status == 503);
        BOOST_TEST(std::get<http_response>(busy.result).body == "busy");
        BOOST_TEST(busy.summary == "503 fault");
    }
    const auto cut = poll(10s);
    BOOST_TEST((std::get<lark::transport_failure>(cut.result).kind == lark::transport_failure_kind::cut));
    BOOST_TEST((cut.delay == 2s));
    BOOST_TEST(cut.summary == "failure cut");
    const auto late = poll(15s);
    BOOST_TEST((late.delay == 3s));
    BOOST_TEST(late.summary == "400 authorization_pending");
    BOOST_TEST(w.service.faults_left() == 1u);
    w.service.clear_faults();
    BOOST_TEST(w.service.faults_left() == 0u);
}

BOOST_AUTO_TEST_CASE(a_fault_may_lose_the_reply_or_the_request) {
    const lark::transport_failure cut{lark::transport_failure_kind::cut, ""};
    fixture lost_request;
    lost_request.begin();
    lost_request.service.approve_all(start);
    lost_request.service.add_fault({.on = action::poll, .instead = cut});
    static_cast<void>(lost_request.service.handle_form(host_role::feishu,
                                                       "action=poll&device_code=" + lost_request.device_code, start));
    BOOST_TEST(!lost_request.poll(5s).text("client_id").empty());

    fixture lost_reply;
    lost_reply.begin();
    lost_reply.service.approve_all(start);
    lost_reply.service.add_fault({.on = action::poll, .instead = cut, .processed = true});
    static_cast<void>(
        lost_reply.service.handle_form(host_role::feishu, "action=poll&device_code=" + lost_reply.device_code, start));
    BOOST_TEST(lost_reply.error_of_poll(5s) == "invalid_grant");
}

BOOST_AUTO_TEST_CASE(polls_are_recorded_by_code_with_time_and_answer) {
    fixture w;
    w.begin(2s);
    w.service.add_fault({.on = action::poll, .instead = http_response{500, {}, ""}});
    static_cast<void>(w.service.handle_form(host_role::feishu, "action=poll&device_code=" + w.device_code, start + 2s));
    w.error_of_poll(7s);
    w.service.approve_all(start + 8s);
    w.error_of_poll(12s, host_role::lark);
    const auto code = w.service.find(w.user_code, start + 20s);
    BOOST_REQUIRE(code.has_value());
    BOOST_TEST(code->polls == 3u);
    BOOST_REQUIRE(code->recent_polls.size() == 3u);
    BOOST_TEST(code->recent_polls[0].answer == "fault");
    BOOST_TEST(code->recent_polls[1].answer == "authorization_pending");
    BOOST_TEST(code->recent_polls[2].answer == "credentials");
    BOOST_TEST((code->recent_polls[2].host == host_role::lark));
    BOOST_TEST((code->recent_polls[2].at == start + 12s));
    BOOST_TEST((code->state == code_state::used));
    BOOST_TEST((code->begun == start + 2s));
    BOOST_TEST(w.service.counters().feishu.poll == 2u);
    BOOST_TEST(w.service.counters().lark.poll == 1u);
    BOOST_TEST(w.service.counters().total() == 4u);
    BOOST_TEST(!w.service.find("NOBODY", start).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
