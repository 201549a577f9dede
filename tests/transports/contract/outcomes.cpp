// SPDX-License-Identifier: MIT
#include "stage.hpp"

#include <boost/test/unit_test.hpp>

// How a registration can end, and what is reported on the way (protocol.md, sections 2 to 4).
namespace lark::contract {

namespace {

using namespace std::chrono_literals;
using events = std::vector<std::string>;

/// Short enough to be waited for. The last poll goes out half a second before its end, which is left to a machine that
/// is busy.
constexpr auto short_life = 5s;

void check_events(const run_result& result, const events& expected) {
    BOOST_TEST(result.events == expected, boost::test_tools::per_element());
}

fake::fault reply_to_poll(std::string body, int status = 200) {
    return {.on = fake::action::poll,
            .instead = http_response{status, {{"Content-Type", "application/json"}}, std::move(body)}};
}

void approve(stage& on) {
    const auto result = on.run({.on_qr_code = [&](const registration::qr_code& qr) {
        BOOST_TEST(!qr.url.empty());
        BOOST_TEST(!qr.user_code.empty());
        BOOST_TEST(qr.expire_in.count() == 600);
        on.approve();
    }});
    BOOST_REQUIRE(result.app.has_value());
    BOOST_TEST(result.app->client_id.starts_with("cli_"));
    BOOST_TEST(result.app->client_secret.reveal().size() == 32u);
    BOOST_TEST(result.app->user_info->open_id.value().starts_with("ou_"));
    check_events(result, {"qr"});
    const auto counted = on.counters();
    BOOST_TEST(counted.feishu.init == 1u);
    BOOST_TEST(counted.feishu.begin == 1u);
    BOOST_TEST(counted.feishu.poll == 1u);
    BOOST_TEST(counted.total() == 3u);

    // protocol.md, section 10: the transport hands the reply's headers on.
    using enum registration::exchange_result;
    BOOST_REQUIRE(result.trace.size() == 3u);
    BOOST_TEST((result.trace[0].result == auth_methods && result.trace[1].result == link));
    BOOST_TEST((result.trace[2].result == credentials && result.trace[2].next == registration::next_step::success));
    for (const auto& event : result.trace) {
        BOOST_TEST(event.exchange.http_status == 200);
        BOOST_TEST(!event.exchange.host.empty());
        BOOST_TEST(event.exchange.request_id.text().starts_with("fake-accounts-"));
        BOOST_TEST((event.took >= duration{0} && event.bytes > 0u));
    }
}

void approve_without_init(stage& on) {
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.approve(); }}, {.check_auth_methods = false});
    BOOST_TEST(result.app.has_value());
    BOOST_TEST(on.counters().total() == 2u);
}

void deny(stage& on) {
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.deny(); }});
    BOOST_REQUIRE(result.failure.has_value());
    BOOST_TEST((result.failure->kind == registration::failure_kind::access_denied));
    BOOST_TEST(result.code() == "access_denied");
    BOOST_TEST(result.failure->description == "the user has denied the request");
    BOOST_TEST(!result.failure->local);
    check_events(result, {"qr"});
}

void expire_at_service(stage& on) {
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.expire(); }});
    BOOST_REQUIRE(result.failure.has_value());
    BOOST_TEST((result.failure->kind == registration::failure_kind::expired));
    BOOST_TEST(result.code() == "expired_token");
    BOOST_TEST(!result.failure->local);
    BOOST_TEST(on.counters().feishu.poll == 1u);
}

void expire_locally(stage& on) {
    const auto start = on.now();
    const auto result = on.run();
    BOOST_REQUIRE(result.failure.has_value());
    BOOST_TEST((result.failure->kind == registration::failure_kind::expired));
    BOOST_TEST(result.code() == "expired_token");
    BOOST_TEST(result.failure->local);
    check_events(result, {"qr", "polling 60"});
    // At once, and at the last moment (section 4).
    BOOST_TEST(on.counters().feishu.poll == 2u);
    BOOST_TEST((on.now() - start >= short_life));
}

void last_poll_counts(stage& on) {
    const auto result = on.run({.on_status_change = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr", "polling 60"});
    BOOST_TEST(on.counters().feishu.poll == 2u);
}

void lark_switch(stage& on) {
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.approve(); }});
    BOOST_REQUIRE(result.app.has_value());
    BOOST_TEST(result.app->user_info->tenant_brand.value() == "lark");
    check_events(result, {"qr", "domain_switched 5"});
    BOOST_TEST(on.counters().feishu.poll == 1u);
    BOOST_TEST(on.counters().lark.poll == 1u);
    BOOST_TEST(on.counters().total() == 4u);
}

void lark_switch_in_slow_down(stage& on) {
    on.add_fault(reply_to_poll(R"({"error":"slow_down","user_info":{"tenant_brand":"lark"}})", 400));
    const auto result = on.run({.on_qr_code = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr", "domain_switched 10"});
}

void slow_down(stage& on) {
    on.add_fault(reply_to_poll(R"({"error":"slow_down"})", 400));
    const auto result = on.run({.on_status_change = [&](const auto&) { on.approve(); }});
    BOOST_TEST(result.app.has_value());
    check_events(result, {"qr", "slow_down 6"});
}

void service_error(stage& on) {
    on.add_fault(reply_to_poll(R"({"error":"invalid_client","error_description":"who\u0000 are <you>?"})", 401));
    const auto result = on.run();
    BOOST_TEST(result.code() == "invalid_client");
    BOOST_TEST(result.failure->description.ends_with("are <you>?"));
    BOOST_TEST((result.failure->kind == registration::failure_kind::other));
}

void credentials_exactly(stage& on) {
    on.add_fault(reply_to_poll(R"({"client_secret":"no","code":20094,"client_id":"cli_\u00e4\u6d4b\ud83d\ude00",)"
                               R"("client_secret":"a\"b\\c+/=& %41 ","error":"authorization_pending",)"
                               R"("user_info":{"open_id":"ou_1","tenant_brand":"lark","more":[1,{"x":null}]}})",
                               400));
    const auto result = on.run();
    BOOST_REQUIRE(result.app.has_value());
    BOOST_TEST(result.app->client_id == "cli_\u00e4\u6d4b\U0001F600");
    BOOST_TEST(result.app->client_secret.reveal() == "a\"b\\c+/=& %41 ");
    BOOST_TEST(result.app->user_info->open_id.value() == "ou_1");
    BOOST_TEST(on.counters().lark.total() == 0u);
}

void handler_throws(stage& on) {
    struct own_error {};
    BOOST_CHECK_THROW(static_cast<void>(on.run({.on_qr_code = [](const auto&) { throw own_error{}; }})), own_error);
    BOOST_TEST(on.counters().feishu.poll == 0u);
}

}  // namespace

void add_outcomes(std::vector<scenario>& all) {
    const fake::service_options short_lived{.lifetime = short_life, .interval = 60s};
    all.push_back({"approve", {}, approve});
    all.push_back({"approve_without_init", {}, approve_without_init});
    all.push_back({"deny", {}, deny});
    all.push_back({"expire_at_service", {}, expire_at_service});
    all.push_back({"expire_locally", short_lived, expire_locally});
    all.push_back({"last_poll_counts", short_lived, last_poll_counts});
    all.push_back({"lark_switch", {.tenant_brand = "lark"}, lark_switch});
    all.push_back({"lark_switch_in_slow_down", {.tenant_brand = "lark"}, lark_switch_in_slow_down});
    all.push_back({"slow_down", {.lifetime = short_life, .interval = 1s}, slow_down});
    all.push_back({"service_error", {}, service_error});
    all.push_back({"credentials_exactly", {}, credentials_exactly});
    all.push_back({"handler_throws", {}, handler_throws});
}

}  // namespace lark::contract
