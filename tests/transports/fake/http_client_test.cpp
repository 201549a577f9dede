// SPDX-License-Identifier: MIT
#include <lark/fake/http_client.hpp>
#include <lark/injected/register_app.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

// Whole registrations in process, on the virtual clock.
namespace {

using namespace lark::fake;
using namespace std::chrono_literals;
using lark::http_response;
using lark::registration::qr_code;
using lark::registration::status_change;

/// A registration whose handlers write into the client's trace.
struct fixture {
    explicit fixture(service_options options = {}, client_options how = {})
        : service(std::move(options)), client(service, how) {}

    accounts_service service;
    lark::fake::http_client client;
    std::stop_source stop{};

    lark::registration::app run(lark::registration::options options = {}) {
        return lark::injected::register_app({.on_qr_code = [&](const qr_code&) { client.note("qr"); },
                                             .on_status_change =
                                                 [&](const status_change& s) {
                                                     std::ostringstream text;
                                                     text << "status " << s.status << " " << s.interval.count() << "s";
                                                     client.note(text.str());
                                                 }},
                                            std::move(options), client, stop.get_token());
    }
    [[nodiscard]] std::vector<std::string> trace() const {
        std::vector<std::string> lines;
        for (const auto& event : client.log()) {
            std::ostringstream text;
            text << event;
            lines.push_back(text.str());
        }
        return lines;
    }
};

void check_trace(const fixture& s, const std::vector<std::string>& expected) {
    const auto lines = s.trace();
    BOOST_CHECK_EQUAL_COLLECTIONS(lines.begin(), lines.end(), expected.begin(), expected.end());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_client)

BOOST_AUTO_TEST_CASE(a_registration_in_the_trace) {
    fixture s{{.approve_after = 12s}, {.latency = 200ms}};
    const auto app = s.run();
    BOOST_TEST(app.client_id.substr(0, 4) == "cli_");
    check_trace(s, {"[0ms] feishu init", "[200ms] -> 200", "[200ms] feishu begin", "[400ms] -> 200", "[400ms] qr",
                    "[400ms] feishu poll", "[600ms] -> 400 authorization_pending", "[600ms] status polling 5s",
                    "[600ms] sleep 5000ms", "[5600ms] feishu poll", "[5800ms] -> 400 authorization_pending",
                    "[5800ms] status polling 5s", "[5800ms] sleep 5000ms", "[10800ms] feishu poll",
                    "[11000ms] -> 400 authorization_pending", "[11000ms] status polling 5s", "[11000ms] sleep 5000ms",
                    "[16000ms] feishu poll", "[16200ms] -> 200 credentials"});
}

BOOST_AUTO_TEST_CASE(the_same_test_has_the_same_trace) {
    const auto run = [] {
        fixture s{{.tenant_brand = "lark"}, {.latency = 30ms}};
        s.client.after(7s, [&] { s.service.add_fault({.replies = 2, .instead = http_response{503, {}, "busy"}}); });
        s.client.after(3min, [&] { s.service.approve_all(s.client.now()); });
        s.run();
        return s.trace();
    };
    const auto once = run();
    const auto twice = run();
    BOOST_TEST(once.size() > 50u);
    BOOST_TEST(once == twice, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_lark_switch_is_seen) {
    fixture s{{.tenant_brand = "lark"}};
    s.client.after(3s, [&] { s.service.approve_all(s.client.now()); });
    const auto app = s.run({.check_auth_methods = false});
    BOOST_TEST(app.user_info->tenant_brand.value() == "lark");
    check_trace(s, {"[0ms] feishu begin", "[0ms] -> 200", "[0ms] qr", "[0ms] feishu poll",
                    "[0ms] -> 400 authorization_pending", "[0ms] status polling 5s", "[0ms] sleep 5000ms",
                    "[5000ms] feishu poll", "[5000ms] -> 400 authorization_pending",
                    "[5000ms] status domain_switched 5s", "[5000ms] lark poll", "[5000ms] -> 200 credentials"});
}

BOOST_AUTO_TEST_CASE(a_lark_user_is_known_from_the_switch_alone) {
    fixture s{{.tenant_brand = "lark", .approve_after = 3s, .user_info_with_credentials = false}};
    const auto app = s.run();
    BOOST_TEST(app.user_info->tenant_brand.value() == "lark");
    BOOST_TEST(app.user_info->open_id.value().starts_with("ou_"));
    BOOST_TEST((app.issuer == lark::registration::brand::lark));
}

BOOST_AUTO_TEST_CASE(an_app_without_a_secret_ends_at_once) {
    fixture s{{.approve_after = 3s, .auth_method = "private_key_jwt"}};
    BOOST_CHECK_EXCEPTION(s.run(), lark::register_app_error, [](const lark::register_app_error& e) {
        return e.code() == "unsupported_auth_method" && e.description().find("create_only") != std::string::npos;
    });
    BOOST_TEST((s.client.now() - client_options{}.start < 1min));
}

BOOST_AUTO_TEST_CASE(a_stop_comes_at_its_virtual_time_while_sleeping) {
    fixture s;
    s.client.after(7s, [&] { s.stop.request_stop(); });
    BOOST_CHECK_EXCEPTION(s.run(), lark::register_app_error, [](const auto& e) { return e.code() == "abort"; });
    BOOST_TEST((s.client.now() == client_options{}.start + 7s));
    BOOST_TEST(s.trace().back() == "[7000ms] woken by a stop");
}

BOOST_AUTO_TEST_CASE(a_stop_comes_at_its_virtual_time_while_a_request_is_out) {
    fixture s{{}, {.latency = 2s}};
    s.client.after(3500ms, [&] { s.stop.request_stop(); });
    BOOST_CHECK_EXCEPTION(s.run(), lark::register_app_error, [](const auto& e) { return e.code() == "abort"; });
    check_trace(s, {"[0ms] feishu init", "[2000ms] -> 200", "[2000ms] feishu begin", "[3500ms] -> cut (stopped)"});
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_start_asks_nothing) {
    fixture s;
    s.stop.request_stop();
    BOOST_CHECK_THROW(s.run(), lark::register_app_error);
    BOOST_TEST(s.service.counters().total() == 0u);
}

BOOST_AUTO_TEST_CASE(a_late_reply_is_a_timeout_at_its_exact_time) {
    fixture s;
    s.service.add_fault({.on = action::init, .delay = 20s});
    s.client.after(1min, [&] { s.stop.request_stop(); });
    BOOST_CHECK_THROW(s.run(), lark::register_app_error);
    const auto lines = s.trace();
    BOOST_REQUIRE(lines.size() > 2u);
    BOOST_TEST(lines[1] == "[15000ms] -> timeout (no reply in time)");
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_an_unknown_name) {
    fixture s;
    BOOST_CHECK_THROW(s.run({.domain = "https://elsewhere.example"}), lark::register_app_error);
    BOOST_TEST(s.service.counters().total() == 0u);
    fixture other{{}, {.domain = "https://ELSEWHERE.example:443/"}};
    other.service.deny_all(other.client.now());
    other.client.after(1s, [&] { other.service.approve_all(other.client.now()); });
    BOOST_TEST(!other.run({.domain = "https://elsewhere.example"}).client_id.empty());
}

BOOST_AUTO_TEST_CASE(actions_run_in_order_and_may_add_others) {
    accounts_service service;
    http_client c{service};
    std::string order;
    c.after(2s, [&] { order += 'c'; });
    c.after(1s, [&] {
        order += 'a';
        c.after(0s, [&] { order += 'b'; });
    });
    c.after(5s, [&] { order += 'x'; });
    c.sleep_until(c.now() + 4s, {});
    BOOST_TEST(order == "abc");
    BOOST_TEST((c.now() == client_options{}.start + 4s));
    c.sleep_until(c.now() - 2s, {});  // never backwards
    BOOST_TEST((c.now() == client_options{}.start + 4s));
}

BOOST_AUTO_TEST_CASE(a_trace_holds_no_secret) {
    fixture s{{.approve_after = 6s}};
    const auto app = s.run();
    const auto code = s.service.codes(s.client.now()).front();
    for (const auto& line : s.trace()) {
        BOOST_TEST(line.find(code.user_code) == std::string::npos);
        BOOST_TEST(line.find(app.client_secret.reveal()) == std::string::npos);
        BOOST_TEST(line.find("device_code") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_domain_must_have_a_host) {
    accounts_service service;
    BOOST_CHECK_THROW((http_client{service, {.domain = "nonsense"}}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
