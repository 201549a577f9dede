// SPDX-License-Identifier: MIT
// The behaviour of a client over any transport: over the fake, over an injected transport, over Poco.
#include "stages.hpp"

#include <lark/injected/client.hpp>
#include <lark/open_platform/errors.hpp>
#include <lark/open_platform/scopes.hpp>

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace lark;
using namespace lark::contract;
using namespace lark::open_platform;
using namespace std::chrono_literals;
using fake::action;

namespace {

using stages = boost::mpl::list<fake_stage, injected_stage, poco_stage>;

template <class Stage>
registration::app registered(Stage& stage) {
    return injected::register_app({.on_qr_code = [](const auto&) {}}, stage.registration_options(), stage.http());
}

/// A client of the app, with every member of `options` but the domain.
template <class Stage>
injected::client client_of(Stage& stage, const registration::app& app, client_options options = {}) {
    const bool lark = app.user_info && app.user_info->tenant_brand == "lark";
    options.domain = lark ? stage.lark_domain() : stage.domain();
    return {app, stage.http(), options};
}

api_request hello_to(const std::string& open_id) {
    const auto content = R"({"text":"hello"})";
    return {.method = "POST",
            .path = "/open-apis/im/v1/messages",
            .query = {{"receive_id_type", "open_id"}},
            .body = "{\"receive_id\":" + json::quote(open_id) + R"(,"msg_type":"text","content":)" +
                    json::quote(content) + '}'};
}

template <class Call>
api_failure failure_of(Call call) {
    try {
        call();
    } catch (const api_error& error) {
        BOOST_TEST(std::string{error.what()} == describe(error.failure()));
        return error.failure();
    }
    BOOST_ERROR("no api_error");
    return {};
}

template <class Stage>
fake::request_counters::by_action counted(Stage& stage) {
    fake::request_counters::by_action at_feishu;
    stage.with_service([&](fake::accounts_service& s, time_point) { at_feishu = s.counters().feishu; });
    return at_feishu;
}

template <class Stage>
void spoil(Stage& stage, fake::fault f) {
    stage.with_service([&](fake::accounts_service& s, time_point) { s.add_fault(f); });
}

http_response service_says(int status, std::string body, std::vector<http_header> headers = {}) {
    return {status, std::move(headers), std::move(body)};
}

const fake::service_options at_once{.approve_after = 0s};

}  // namespace

BOOST_AUTO_TEST_SUITE(client_contract)

BOOST_AUTO_TEST_CASE_TEMPLATE(register_check_and_say_hello, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    const auto info = client.bot_info();
    BOOST_TEST(info.app_name == "Sandbox bot");
    BOOST_TEST(info.enabled());
    const auto sent = client.request(hello_to(*app.user_info->open_id));
    stage.with_service([&](fake::accounts_service& s, time_point) {
        BOOST_REQUIRE(s.messages().size() == 1u);
        const auto message = s.messages().front();
        BOOST_TEST((sent.data["message_id"].as_string() == message.message_id));
        BOOST_TEST(message.app_id == app.client_id);
        BOOST_TEST(message.receive_id == *app.user_info->open_id);
        BOOST_TEST(message.content == R"({"text":"hello"})");
    });
    BOOST_TEST(!sent.request_id.empty());
    BOOST_TEST(counted(stage).token == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_app_of_lark_lives_at_the_lark_host, Stage, stages) {
    Stage stage{{.tenant_brand = "lark", .approve_after = 0s}};
    const auto app = registered(stage);
    auto right = client_of(stage, app);
    BOOST_TEST(right.bot_info().enabled());
    injected::client wrong{app, stage.http(), {.domain = stage.domain()}};
    const auto why = failure_of([&] { static_cast<void>(wrong.bot_info()); });
    BOOST_TEST(why.code == 1000040351);
    BOOST_TEST(describe(why).find("https://open.larksuite.com") != std::string::npos);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(scopes_that_were_asked_for_are_compared_with_those_granted, Stage, stages) {
    auto options = at_once;
    options.scopes.tenant.emplace_back("im:message");
    options.scopes.user.emplace_back("contact:user.base:readonly");
    Stage stage{options};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    const registration::addon_groups asked{{"im:message", "im:chat"}, {"im:message", "contact:user.base:readonly"}};
    BOOST_TEST(
        (missing_scopes(asked, client.granted_scopes()) == registration::addon_groups{{"im:chat"}, {"im:message"}}));
    BOOST_TEST((client.granted_scopes_async().get() == client.granted_scopes()));
    BOOST_TEST(counted(stage).app_info == 3u);

    const auto without_lang =
        failure_of([&] { client.request({.path = "/open-apis/application/v6/applications/me"}); });
    BOOST_TEST(without_lang.code == 99992402);
    stage.with_service([](fake::accounts_service& s, time_point) { s.options().scopes = {}; });
    const auto why = failure_of([&] { static_cast<void>(client.granted_scopes()); });
    BOOST_TEST(why.code == api_code::missing_scope);
    BOOST_TEST((why.body["error"]["permission_violations"][0]["subject"].as_string() ==
                "application:application:self_manage"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_wrong_secret_comes_with_http_200_and_is_an_error, Stage, stages) {
    Stage stage{at_once};
    auto app = registered(stage);
    app.client_secret = secret{"not-the-secret"};
    auto client = client_of(stage, app);
    const auto why = failure_of([&] { client.request(hello_to("ou_x")); });
    BOOST_TEST((why.kind == api_failure_kind::refused));
    BOOST_TEST(why.code == 10014);
    BOOST_TEST(why.http_status == 200);
    BOOST_TEST(!why.request_id.empty());
    BOOST_TEST(describe(why).find("not-the-secret") == std::string::npos);
    BOOST_TEST(counted(stage).token == 1u);
    BOOST_TEST(counted(stage).message == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_token_that_expires_in_the_middle_is_replaced, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    client.request(hello_to(*app.user_info->open_id));
    stage.with_service([](fake::accounts_service& s, time_point now) { BOOST_TEST(s.expire_tokens(now) == 1u); });
    client.request(hello_to(*app.user_info->open_id));
    stage.with_service([](fake::accounts_service& s, time_point) { BOOST_TEST(s.messages().size() == 2u); });
    BOOST_TEST(counted(stage).token == 2u);
    BOOST_TEST(counted(stage).message == 3u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rate_limit_is_told_in_both_its_forms, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    spoil(stage, {.on = action::message,
                  .instead = service_says(
                      400, R"({"code":99991400,"msg":"request trigger frequency limit"})",
                      {{"x-ogw-ratelimit-limit", "5"}, {"x-ogw-ratelimit-reset", "1.5"}, {"X-Request-Id", "R-7"}})});
    const auto old = failure_of([&] { client.request(hello_to(*app.user_info->open_id)); });
    BOOST_TEST((old.kind == api_failure_kind::rate_limited));
    BOOST_TEST(old.code == 99991400);
    BOOST_TEST(old.http_status == 400);
    BOOST_TEST((old.retry_after == 1500ms));
    BOOST_TEST(old.request_id == "R-7");

    spoil(stage, {.on = action::message, .instead = service_says(429, "slow down", {{"x-ogw-ratelimit-reset", "3"}})});
    const auto plain = failure_of([&] { client.request(hello_to(*app.user_info->open_id)); });
    BOOST_TEST((plain.kind == api_failure_kind::rate_limited));
    BOOST_TEST(plain.http_status == 429);
    BOOST_TEST((plain.retry_after == 3s));
    BOOST_TEST(counted(stage).message == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_token_is_fetched_in_spite_of_transient_faults, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    spoil(stage, {.on = action::token, .instead = service_says(503, "busy")});
    spoil(stage, {.on = action::token, .instead = transport_failure{transport_failure_kind::cut, "cut"}});
    const auto before = stage.http().now();
    BOOST_TEST(!client.tenant_access_token().empty());
    BOOST_TEST(counted(stage).token == 3u);
    BOOST_TEST((stage.http().now() - before >= 3s));  // 1 s and 2 s, on the transport's clock
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_get_is_tried_again_and_a_post_is_not, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    spoil(stage, {.on = action::bot_info, .instead = transport_failure{transport_failure_kind::cut, "cut"}});
    BOOST_TEST(client.bot_info().enabled());
    BOOST_TEST(counted(stage).bot_info == 2u);

    // The service acts, and the reply is lost: a second message must not be sent.
    spoil(stage,
          {.on = action::message, .instead = transport_failure{transport_failure_kind::cut, "cut"}, .processed = true});
    const auto why = failure_of([&] { client.request(hello_to(*app.user_info->open_id)); });
    BOOST_TEST((why.kind == api_failure_kind::no_reply));
    BOOST_TEST(why.error == "network_error");
    stage.with_service([](fake::accounts_service& s, time_point) { BOOST_TEST(s.messages().size() == 1u); });
    BOOST_TEST(counted(stage).message == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_kept_connection_that_dies_without_a_word_does_not_send_a_post_twice, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    client.request(hello_to(*app.user_info->open_id));
    spoil(stage, {.on = action::message,
                  .instead = transport_failure{transport_failure_kind::connect, "gone"},
                  .processed = true});
    BOOST_TEST(
        (failure_of([&] { client.request(hello_to(*app.user_info->open_id)); }).kind == api_failure_kind::no_reply));
    stage.with_service([](fake::accounts_service& s, time_point) { BOOST_TEST(s.messages().size() == 2u); });
    BOOST_TEST(counted(stage).message == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_the_platform_refuses_is_told_with_its_code, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    const auto code_of = [&](api_request request) {
        const auto why = failure_of([&] { client.request(std::move(request)); });
        BOOST_TEST(why.http_status == 400);
        return why.code;
    };
    BOOST_TEST(code_of(hello_to("ou_somebody_else")) == 230013);
    auto incomplete = hello_to(*app.user_info->open_id);
    incomplete.body = "{}";
    BOOST_TEST(code_of(incomplete) == 99992402);
    auto other = hello_to(*app.user_info->open_id);
    other.query.front().value = "email";
    BOOST_TEST(code_of(other) == 230001);
    auto text = hello_to(*app.user_info->open_id);
    text.body = "{\"receive_id\":" + json::quote(*app.user_info->open_id) + R"(,"msg_type":"text","content":"hello"})";
    BOOST_TEST(code_of(text) == 230001);
    stage.with_service([](fake::accounts_service& s, time_point) { s.options().activate_status = 1; });
    BOOST_TEST(code_of(hello_to(*app.user_info->open_id)) == 230006);
    BOOST_TEST((client.bot_info().activate_status == activate_status::disabled));

    const auto nowhere = failure_of([&] { client.request({.path = "/open-apis/nowhere"}); });
    BOOST_TEST((nowhere.kind == api_failure_kind::bad_reply));
    BOOST_TEST(nowhere.http_status == 404);
    const auto without = failure_of([&] {
        client.request({.path = "/open-apis/bot/v3/info", .headers = {{"Authorization", "Basic x"}}});
    });
    BOOST_TEST(without.code == 99991661);
    BOOST_TEST(counted(stage).token == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_service_hands_out_the_same_token_until_its_last_half_hour, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    const auto first = client_of(stage, app).tenant_access_token();
    BOOST_TEST((client_of(stage, app).tenant_access_token() == first));
    stage.with_service([](fake::accounts_service& s, time_point now) { s.expire_tokens(now); });
    BOOST_TEST((client_of(stage, app).tenant_access_token() != first));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(asynchronous_calls_bring_the_same, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app, {.async_workers = 1});  // the fake is for one thread at a time
    auto info = client.bot_info_async();
    BOOST_TEST(info.get().enabled());
    auto sent = client.request_async(hello_to(*app.user_info->open_id));
    BOOST_TEST((sent.get().message == "success"));
    std::promise<api_result> refused;
    client.request_async(hello_to("ou_somebody_else"), [&](api_result r) { refused.set_value(std::move(r)); });
    BOOST_TEST(std::get<api_failure>(refused.get_future().get()).code == 230013);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stop_before_the_call_sends_nothing, Stage, stages) {
    Stage stage{at_once};
    const auto app = registered(stage);
    auto client = client_of(stage, app);
    std::stop_source stop;
    stop.request_stop();
    BOOST_TEST(
        (failure_of([&] { static_cast<void>(client.bot_info(stop.get_token())); }).kind == api_failure_kind::aborted));
    BOOST_TEST(counted(stage).token == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
