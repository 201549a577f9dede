// SPDX-License-Identifier: MIT
// From the scan to the first call over one loop of Poco's, against the sandbox.
#include <lark/fake/sandbox.hpp>
#include <lark/injected/async_client.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/injected/shared_loop.hpp>
#include <lark/poco/event_loop.hpp>
#include <lark/registration/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

using namespace lark;
using namespace lark::open_platform;
using namespace std::chrono_literals;
using injected::async_client;
using injected::flow_set;
using injected::shared_loop;

BOOST_AUTO_TEST_CASE(an_app_is_registered_and_asks_for_its_name_over_one_poco_loop) {
    fake::sandbox sandbox{{.service = {.interval = 1s, .approve_after = 0s}, .tls = true}};
    poco::event_loop loop{{.ca_file = sandbox.ca_file().string()}};
    shared_loop shared{loop};
    shared_loop::view for_registrations{shared};
    shared_loop::view for_calls{shared};
    flow_set set{for_registrations};
    std::optional<async_client> client;
    std::string name;
    std::optional<api_failure> failure;

    set.add({.on_qr_code = [](const auto&) {},
             .on_finished =
                 [&](const registration::outcome& outcome, const std::exception_ptr&) {
                     client.emplace(for_calls, registration::value_or_throw(outcome),
                                    client_options{.domain = sandbox.url()});
                     client->bot_info([&](const auto& info) { name = std::get<bot_info>(info).app_name; });
                     client->request({.path = "/open-apis/nowhere"},
                                     [&](const api_result& r) { failure = std::get<api_failure>(r); });
                 }},
            {.domain = sandbox.url(), .lark_domain = sandbox.lark_url()});
    // Another one, at another host, that gets no answer.
    sandbox.add_fault({.at = fake::host_role::lark, .instead = transport_failure{transport_failure_kind::timeout, ""}});
    bool given_up = false;
    set.add({.on_qr_code = [](const auto&) {}, .on_finished = [&](const auto&, auto) { given_up = true; }},
            {.domain = sandbox.lark_url(), .lark_domain = sandbox.lark_url(), .give_up_after = 300ms});

    while (!set.empty() || !client || !client->empty()) loop.run_once();
    BOOST_TEST(name == "Sandbox bot");
    BOOST_REQUIRE(failure);
    BOOST_TEST(failure->http_status == 404);
    BOOST_TEST(given_up);
    BOOST_TEST(sandbox.counters().feishu.token == 1u);
}

BOOST_AUTO_TEST_CASE(more_calls_than_connections_take_longer_than_a_timeout_and_do_not_fail) {
    fake::sandbox sandbox{{.service = {.approve_after = 0s}, .tls = true}};
    sandbox.with_service(
        [](fake::accounts_service& s, time_point) { s.add_app({.app_id = "cli_x", .app_secret = "s"}); });
    sandbox.add_fault({.on = fake::action::bot_info, .replies = 40, .delay = 100ms});
    poco::event_loop loop{{.ca_file = sandbox.ca_file().string()}, {.max_connections_per_host = 2}};
    async_client client{loop, "cli_x", secret{"s"}, {.domain = sandbox.url(), .request_timeout = 1500ms}};
    int good = 0;
    for (int i = 0; i < 40; ++i)  // two at a time: two seconds in all
        client.bot_info([&](const auto& info) { good += std::holds_alternative<bot_info>(info) ? 1 : 0; });
    while (!client.empty()) loop.run_once();
    BOOST_TEST(good == 40);
    BOOST_TEST(sandbox.counters().feishu.bot_info == 40u, "a timeout has run while its call waited");
}
