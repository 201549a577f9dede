// SPDX-License-Identifier: MIT
// The parts of Poco's client alone: its constructors and builder, threads over real sockets, a stop in the middle of a
// request.
#include "../contract/plain_client.hpp"

#include <lark/fake/sandbox.hpp>
#include <lark/poco.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace lark::open_platform;
using namespace std::chrono_literals;
using lark::fake::action;

namespace {

struct fixture {
    lark::fake::sandbox sandbox{{.service = {.approve_after = 0s}, .tls = true}};
    lark::poco::http_options wire{.ca_file = sandbox.ca_file().string()};
    lark::registration::app app = lark::register_app(
        {.on_qr_code = [](const auto&) {}}, {.domain = sandbox.url(), .lark_domain = sandbox.lark_url()}, wire);
    client_options options{.domain = sandbox.url()};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_client, fixture)

BOOST_AUTO_TEST_CASE(from_a_registration) {
    lark::client client{app, options, wire};
    BOOST_TEST(client.bot_info().app_name == "Sandbox bot");
    auto moved = std::move(client);
    BOOST_TEST(moved.bot_info_async().get().enabled());
}

BOOST_AUTO_TEST_CASE(from_a_builder) {
    auto client = lark::client::builder()
                      .app_id(app.client_id)
                      .app_secret(app.client_secret)
                      .domain(sandbox.url())
                      .http_options(wire)
                      .build();
    BOOST_TEST(client.bot_info().enabled());
}

BOOST_AUTO_TEST_CASE(over_another_transport) {
    lark::fake::sandbox plain{{.service = {.approve_after = 0s}}};
    plain.with_service(
        [](lark::fake::accounts_service& s, lark::time_point) { s.add_app({.app_id = "cli_x", .app_secret = "s"}); });
    auto http = std::make_shared<lark::contract::plain_client>();
    auto client = lark::client::builder().app_id("cli_x").app_secret("s").domain(plain.url()).http_client(http).build();
    BOOST_TEST(client.bot_info().enabled());
    lark::client direct{lark::registration::app{.client_id = "cli_x", .client_secret = lark::secret{"s"}},
                        *http,
                        {.domain = plain.url()}};
    BOOST_TEST(direct.bot_info().enabled());
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_reported_by_name) {
    const auto option = [](auto&& build) -> std::string {
        try {
            static_cast<void>(build());
        } catch (const lark::registration::invalid_option& error) {
            return error.option();
        }
        return "nothing wrong";
    };
    BOOST_TEST(option([] { return lark::client::builder().build(); }) == "app_id");
    BOOST_TEST(option([] { return lark::client::builder().app_id("c").app_secret("s").domain("ftp://x").build(); }) ==
               "domain");
    BOOST_TEST(
        option([] {
            return lark::client::builder().app_id("c").app_secret("s").http_options({.ca_file = "/nowhere"}).build();
        }) == "ca_file");
    BOOST_TEST(option([] {
                   return lark::client::builder()
                       .app_id("c")
                       .app_secret("s")
                       .http_options({})
                       .http_client(std::make_shared<lark::contract::plain_client>())
                       .build();
               }) == "http_options");
    BOOST_TEST(option([&] { return lark::client{app, {.tries = 0}, wire}; }) == "tries");
}

BOOST_AUTO_TEST_CASE(an_unknown_authority_is_an_error_and_nothing_is_sent) {
    lark::client client{app, options, {.ca_file = "/etc/ssl/certs/ca-certificates.crt"}};
    try {
        static_cast<void>(client.tenant_access_token());
        BOOST_ERROR("no api_error");
    } catch (const lark::api_error& error) {
        BOOST_TEST((error.kind() == api_failure_kind::no_reply));
        BOOST_TEST(error.failure().error == "certificate_error");
        BOOST_TEST(std::string{error.what()}.find(app.client_secret.reveal()) == std::string::npos);
    }
    BOOST_TEST(sandbox.counters().feishu.token == 0u);
}

BOOST_AUTO_TEST_CASE(many_threads_share_one_token) {
    lark::client client{app, options, wire};
    std::atomic<int> good{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 5; ++i)
                    if (client.bot_info().enabled()) ++good;
            });
    }
    BOOST_TEST(good == 40);
    BOOST_TEST(sandbox.counters().feishu.token == 1u);
    BOOST_TEST(sandbox.counters().feishu.bot_info == 40u);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_request_that_gets_no_answer) {
    lark::client client{app, options, wire};
    static_cast<void>(client.tenant_access_token());
    for (const auto what : {action::bot_info, action::message}) {
        sandbox.add_fault({.on = what, .instead = lark::transport_failure{lark::transport_failure_kind::timeout, ""}});
        std::stop_source stop;
        const auto asked = sandbox.counters().total();
        auto future = client.request_async(
            {.method = what == action::message ? "POST" : "GET",
             .path = what == action::message ? "/open-apis/im/v1/messages" : "/open-apis/bot/v3/info"},
            stop.get_token());
        BOOST_REQUIRE(sandbox.wait_for_requests(asked + 1, 20s));
        stop.request_stop();
        BOOST_CHECK_EXCEPTION(future.get(), lark::api_error,
                              [](const lark::api_error& e) { return e.kind() == api_failure_kind::aborted; });
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_client_ends_its_requests) {
    sandbox.add_fault({.on = action::token,
                       .replies = 10,
                       .instead = lark::transport_failure{lark::transport_failure_kind::timeout, ""}});
    std::future<lark::secret> future;
    {
        lark::client client{app, options, wire};
        const auto asked = sandbox.counters().total();
        future = client.tenant_access_token_async();
        BOOST_REQUIRE(sandbox.wait_for_requests(asked + 1, 20s));
    }
    BOOST_CHECK_EXCEPTION(static_cast<void>(future.get()), lark::api_error,
                          [](const lark::api_error& e) { return e.kind() == api_failure_kind::aborted; });
}

BOOST_AUTO_TEST_SUITE_END()
