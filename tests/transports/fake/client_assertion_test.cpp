// SPDX-License-Identifier: MIT
// A client of an app without an App Secret: protocol.md, section 6, client assertion.
#include <lark/fake.hpp>
#include <lark/injected/client.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

using namespace lark;
using namespace lark::fake;
using namespace std::chrono_literals;
using open_platform::api_failure;

namespace {

constexpr std::string_view assertion = "MARKED.signed.assertion";

struct fixture {
    accounts_service service;
    http_client http{service};
    std::vector<std::string> audiences;
    std::function<secret(std::string_view)> sign = [this](std::string_view audience) {
        audiences.emplace_back(audience);
        return secret{assertion};
    };

    explicit fixture(std::string brand = "feishu") {
        service.add_app(
            {.app_id = "cli_k", .tenant_brand = std::move(brand), .client_assertion = std::string{assertion}});
    }
    injected::client client(std::optional<std::string> domain = {}) {
        auto builder = injected::client::builder();
        builder.app_id("cli_k").credentials_provider(sign);
        if (domain) builder.domain(*domain);
        return builder.http_client({std::shared_ptr<void>{}, &http}).build();
    }
    api_failure failure(injected::client& of) {
        try {
            static_cast<void>(of.bot_info());
        } catch (const api_error& e) {
            BOOST_TEST(std::string{e.what()}.find("MARKED") == std::string::npos);
            BOOST_TEST(e.body().text().find("MARKED") == std::string::npos);
            return e.failure();
        }
        BOOST_ERROR("there was a result");
        return {};
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(client_assertions)

BOOST_AUTO_TEST_CASE(calls_are_made_with_the_token_for_an_assertion) {
    fixture w;
    auto client = w.client();
    BOOST_TEST(client.bot_info().app_name == "Sandbox bot");
    BOOST_TEST(client.bot_info().app_name == "Sandbox bot");
    BOOST_TEST((w.audiences == std::vector<std::string>{"accounts.feishu.cn"}));
    BOOST_TEST(w.service.counters().feishu.token == 1u);
}

BOOST_AUTO_TEST_CASE(the_audience_is_the_accounts_host_of_the_same_brand) {
    fixture w{"lark"};
    BOOST_TEST(w.client("https://open.larksuite.com").bot_info().app_name == "Sandbox bot");
    BOOST_TEST((w.audiences == std::vector<std::string>{"accounts.larksuite.com"}));
}

BOOST_AUTO_TEST_CASE(another_api_host_needs_the_accounts_host) {
    fixture w;
    BOOST_CHECK_EXCEPTION(w.client("https://gw.example/open"), registration::invalid_option,
                          [](const auto& e) { return e.option() == "accounts_domain"; });
    http_client at_gateway{w.service, {.domain = "https://gw.example:8443", .open_domain = "https://open.example"}};
    auto client = injected::client::builder()
                      .app_id("cli_k")
                      .options({.domain = "https://open.example",
                                .credentials_provider = w.sign,
                                .accounts_domain = "https://gw.example:8443"})
                      .http_client({std::shared_ptr<void>{}, &at_gateway})
                      .build();
    BOOST_TEST(client.bot_info().app_name == "Sandbox bot");
    BOOST_TEST((w.audiences == std::vector<std::string>{"gw.example:8443"}));
}

BOOST_AUTO_TEST_CASE(each_token_has_an_assertion_of_its_own) {
    fixture w;
    auto client = w.client();
    static_cast<void>(client.bot_info());
    w.http.sleep_until(w.http.now() + 3h, {});
    static_cast<void>(client.bot_info());
    BOOST_TEST(w.audiences.size() == 2u);
}

BOOST_AUTO_TEST_CASE(so_has_each_try) {
    fixture w;
    auto client = w.client();
    w.service.add_fault({.on = action::token, .instead = http_response{503, {}, ""}});
    static_cast<void>(client.bot_info());
    BOOST_TEST(w.audiences.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_empty_one_and_a_failure_of_the_signer_have_codes) {
    fixture w;
    w.sign = [](std::string_view) { return secret{}; };
    auto empty = w.client();
    BOOST_TEST(w.failure(empty).code == 7101);
    w.sign = [](std::string_view) -> secret { throw std::runtime_error{"no signing service"}; };
    auto broken = w.client();
    const auto why = w.failure(broken);
    BOOST_TEST(why.code == 7102);
    BOOST_TEST(why.message == "there is no client assertion: no signing service");
    w.sign = [](std::string_view) -> secret { throw 7; };
    auto odd = w.client();
    BOOST_CHECK_THROW(static_cast<void>(odd.bot_info()), int);
    BOOST_TEST(w.service.counters().total() == 0u);
}

BOOST_AUTO_TEST_CASE(one_that_the_service_refuses_is_named_and_not_shown) {
    fixture w;
    w.sign = [](std::string_view) { return secret{"MARKED.other"}; };
    auto client = w.client();
    const auto why = w.failure(client);
    BOOST_TEST(why.message == "invalid_client: the assertion is not accepted");
    BOOST_TEST(why.http_status == 400);
    w.service.add_fault({.on = action::token,
                         .instead = http_response{400, {}, R"({"error":"e","error_description":"not MARKED.other"})"}});
    BOOST_TEST(w.failure(client).message == "e: not [redacted]");
}

BOOST_AUTO_TEST_CASE(a_stop_while_it_signs_ends_the_call) {
    fixture w;
    std::stop_source stop;
    w.sign = [&](std::string_view) {
        stop.request_stop();
        return secret{assertion};
    };
    auto client = w.client();
    BOOST_CHECK_EXCEPTION(static_cast<void>(client.bot_info(stop.get_token())), api_error,
                          [](const auto& e) { return e.kind() == open_platform::api_failure_kind::aborted; });
    BOOST_TEST(w.service.counters().total() == 0u);
}

BOOST_AUTO_TEST_CASE(a_client_needs_a_secret_or_a_signer) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(injected::client::builder().app_id("cli_k").build()),
                          registration::invalid_option, [](const auto& e) { return e.option() == "app_secret"; });
}

BOOST_AUTO_TEST_SUITE_END()
