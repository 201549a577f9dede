// SPDX-License-Identifier: MIT
// Tests of an application: it registers, looks a user up and says hello, over any transport; and it onboards tenants in
// the background, with handles. The fake plays the service, own API calls included, so the tests need no network and no
// time. With Boost.Test, as any other suite.
#define BOOST_TEST_MODULE my_app
#include <lark/fake.hpp>
#include <lark/injected.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <variant>

using namespace std::chrono_literals;

// --- the application -------------------------------------------------------------------------------------------------

/// Registers, and returns the name of the user who approved; "denied" if that user said no.
std::string greet(lark::injected::http_client& transport) {
    try {
        const auto app = lark::register_app({.on_qr_code = [](const auto&) {}}, {.source = "my-app"}, transport);
        lark::injected::client client{app, transport};
        const auto user = client.request({.path = "/open-apis/contact/v3/users/" + app.user_info->open_id.value()});
        return user.data["user"]["name"].as_string().value_or("?");
    } catch (const lark::app_access_denied_error&) {
        return "denied";
    }
}

/// Onboards tenants in the background, one registration each.
class onboarding {
public:
    explicit onboarding(lark::injected::registrar& registrar) : registrar_{registrar} {}

    void begin(const std::string& tenant) {
        running_.erase(tenant);  // the former one of this tenant ends
        running_.emplace(tenant, registrar_.start({.on_qr_code = [](const auto&) {},
                                                   .on_finished =
                                                       [this, tenant](const auto& end) {
                                                           const bool good =
                                                               std::holds_alternative<lark::registration::app>(end);
                                                           ends_[tenant] = good ? "registered" : "not registered";
                                                       }}));
    }
    void give_up(const std::string& tenant) { running_.at(tenant).cancel(); }
    [[nodiscard]] const std::map<std::string, std::string>& ends() const { return ends_; }

private:
    lark::injected::registrar& registrar_;
    std::map<std::string, std::string> ends_;
    std::map<std::string, lark::registration_handle> running_;
};

// --- its tests -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_user_is_greeted_by_name) {
    lark::fake::accounts_service service{{.approve_after = 3min}};
    service.on("GET", "/open-apis/contact/v3/users/:user_id", [](const lark::fake::api_call& call) {
        BOOST_TEST(!call.parameter("user_id").empty());
        return lark::fake::api_success(R"({"user":{"name":"Ada"}})");
    });
    lark::fake::http_client transport{service};
    const auto begun = transport.now();
    BOOST_TEST(greet(transport) == "Ada");
    BOOST_TEST((transport.now() - begun >= 3min));  // on the virtual clock
}

BOOST_AUTO_TEST_CASE(a_network_that_fails_for_a_while_costs_nothing) {
    lark::fake::accounts_service service{{.approve_after = 10s}};
    service.add_fault({.on = lark::fake::action::poll,
                       .replies = 2,
                       .instead = lark::transport_failure{lark::transport_failure_kind::cut, ""}});
    service.on("GET", "/open-apis/contact/v3/users/:user_id",
               [](const lark::fake::api_call&) { return lark::fake::api_success(R"({"user":{"name":"Ada"}})"); });
    lark::fake::http_client transport{service};
    BOOST_TEST(greet(transport) == "Ada");
}

BOOST_AUTO_TEST_CASE(a_user_who_says_no_is_no_error) {
    lark::fake::accounts_service service{{.deny_after = 1min}};
    lark::fake::http_client transport{service};
    BOOST_TEST(greet(transport) == "denied");
}

BOOST_AUTO_TEST_CASE(tenants_are_onboarded_side_by_side) {
    lark::fake::accounts_service service{{.approve_after = 3min}};
    lark::fake::event_loop loop{service};
    lark::injected::registrar registrar{loop};  // run by this test; the application's own one has a thread
    onboarding tenants{registrar};
    tenants.begin("Ada's");
    tenants.begin("Ben's");
    loop.after(1min, [&] { tenants.give_up("Ben's"); });
    loop.after(2min, [&] { tenants.begin("Cem's"); });
    registrar.run();
    BOOST_TEST(tenants.ends().at("Ada's") == "registered");
    BOOST_TEST(tenants.ends().at("Ben's") == "not registered");
    BOOST_TEST(tenants.ends().at("Cem's") == "registered");
}
