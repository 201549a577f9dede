// SPDX-License-Identifier: MIT
// From the scan to the first call over one loop of the fake, on the virtual clock.
#include <lark/fake.hpp>
#include <lark/injected/async_client.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/injected/shared_loop.hpp>
#include <lark/json.hpp>
#include <lark/registration/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace lark;
using namespace lark::open_platform;
using namespace std::chrono_literals;
using injected::async_client;
using injected::flow_set;
using injected::shared_loop;

namespace {

struct fixture {
    explicit fixture(fake::service_options options = {.approve_after = 12s}, std::chrono::milliseconds latency = 40ms)
        : service{std::move(options)}, loop{service, {.latency = latency}} {
        loop.on_event([this](const fake::log_entry& e) { log.push_back(e.what); });
    }

    std::vector<std::string> log;
    fake::accounts_service service;
    fake::event_loop loop;
    shared_loop shared{loop};
    shared_loop::view for_registrations{shared};
    flow_set set{for_registrations};

    registration::app register_one() {
        std::optional<registration::app> app;
        set.add({.on_qr_code = [](const auto&) {},
                 .on_finished = [&](const auto& outcome, auto) { app = registration::value_or_throw(outcome); }});
        loop.run(set);
        return *app;
    }
};

api_request hello_to(const registration::app& app) {
    return {.method = "POST",
            .path = "/open-apis/im/v1/messages",
            .query = {{"receive_id_type", "open_id"}},
            .body = "{\"receive_id\":" + json::quote(*app.user_info->open_id) +
                    R"(,"msg_type":"text","content":"{\"text\":\"hello\"}"})"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(one_fake_loop)

BOOST_AUTO_TEST_CASE(an_app_is_registered_and_says_hello) {
    for (const std::string brand : {"feishu", "lark"}) {
        fixture w{{.tenant_brand = brand, .approve_after = 12s}};
        std::vector<std::string> words;
        // Clients are made and destroyed in callbacks, while registrations go on over the same loop.
        std::vector<std::unique_ptr<shared_loop::view>> views;
        std::vector<std::unique_ptr<async_client>> clients;
        for (int i = 0; i < 3; ++i)
            w.set.add({.on_qr_code = [](const auto&) {},
                       .on_finished =
                           [&](const registration::outcome& outcome, const std::exception_ptr&) {
                               const auto& app = std::get<registration::app>(outcome);
                               views.push_back(std::make_unique<shared_loop::view>(w.shared));
                               clients.push_back(std::make_unique<async_client>(*views.back(), app));
                               auto& client = *clients.back();
                               client.bot_info(
                                   [&](const auto& info) { words.push_back(std::get<bot_info>(info).app_name); });
                               client.request(hello_to(app), [&](const api_result& r) {
                                   words.emplace_back(std::holds_alternative<api_response>(r) ? "sent" : "not sent");
                               });
                           }});
        while (!w.set.empty() || words.size() < 6) w.loop.run_once();
        BOOST_TEST(std::count(words.begin(), words.end(), "Sandbox bot") == 3);
        BOOST_TEST(std::count(words.begin(), words.end(), "sent") == 3);
        BOOST_TEST(w.service.messages().size() == 3u);
        const auto& asked = brand == "lark" ? w.service.counters().lark : w.service.counters().feishu;
        BOOST_TEST(asked.token == 3u);
        BOOST_TEST(asked.bot_info == 3u);
    }
}

BOOST_AUTO_TEST_CASE(it_repeats) {
    const auto play = [] {
        fixture w;
        const auto app = w.register_one();
        shared_loop::view view{w.shared};
        async_client client{view, app};
        for (int i = 0; i < 3; ++i) client.bot_info([](const auto&) {});
        w.service.add_fault(
            {.on = fake::action::bot_info, .instead = transport_failure{transport_failure_kind::cut, ""}});
        while (!client.empty()) w.loop.run_once();
        return w.log;
    };
    const auto first = play();
    BOOST_TEST(first == play(), boost::test_tools::per_element());
    BOOST_TEST(std::count(first.begin(), first.end(), "") == 0);
}

BOOST_AUTO_TEST_CASE(a_token_that_expires_and_one_that_is_withdrawn) {
    fixture w{{.approve_after = 1s, .token_lifetime = 7200s}};
    const auto app = w.register_one();
    shared_loop::view view{w.shared};
    async_client client{view, app};
    const auto ask = [&] {
        bool enabled = false;
        client.bot_info([&](const auto& info) { enabled = std::get<bot_info>(info).enabled(); });
        while (!client.empty()) w.loop.run_once();
        return enabled;
    };
    const auto tokens = [&] { return w.service.counters().feishu.token; };
    BOOST_TEST(ask());
    BOOST_TEST(ask());
    BOOST_TEST(tokens() == 1u);
    w.service.expire_tokens(w.loop.now());
    BOOST_TEST(ask());
    BOOST_TEST(tokens() == 2u);
    w.loop.run_for(3h);
    BOOST_TEST(ask());
    BOOST_TEST(tokens() == 3u);
}

BOOST_AUTO_TEST_CASE(faults_of_the_service) {
    fixture w{{.approve_after = 1s}};
    const auto app = w.register_one();
    shared_loop::view view{w.shared};
    async_client client{view, app, {.request_timeout = 4s}};
    const auto end_of = [&](api_request request) {
        std::optional<api_result> end;
        const auto from = w.loop.now();
        client.request(std::move(request), [&](const api_result& r) { end = r; });
        while (!end) w.loop.run_once();
        return std::pair{*end, w.loop.now() - from};
    };
    const auto silence = transport_failure{transport_failure_kind::timeout, ""};
    w.service.add_fault({.on = fake::action::bot_info, .replies = 2, .instead = silence});
    auto [info, took] = end_of(bot_info_request());
    BOOST_TEST(std::holds_alternative<api_response>(info));
    BOOST_TEST((took == 40ms + 4s + 1s + 4s + 2s + 40ms));  // the token, two timeouts with their waits, the reply

    w.service.add_fault({.on = fake::action::message, .instead = silence, .processed = true});
    const auto sent = end_of(hello_to(app)).first;
    BOOST_TEST((std::get<api_failure>(sent).kind == api_failure_kind::no_reply));
    BOOST_TEST(w.service.messages().size() == 1u);
    BOOST_TEST(w.service.counters().feishu.message == 1u);

    w.service.add_fault(
        {.on = fake::action::message, .instead = http_response{429, {{"Retry-After", "9"}}, R"({"code":99991400})"}});
    const auto limited = std::get<api_failure>(end_of(hello_to(app)).first);
    BOOST_TEST((limited.kind == api_failure_kind::rate_limited));
    BOOST_TEST((limited.retry_after == 9s));

    const auto nowhere = std::get<api_failure>(end_of({.path = "/open-apis/nowhere"}).first);
    BOOST_TEST(nowhere.http_status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
