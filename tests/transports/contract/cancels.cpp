// SPDX-License-Identifier: MIT
#include "stage.hpp"

#include <boost/test/unit_test.hpp>

// A stop request, whenever it comes (protocol.md, section 4).
namespace lark::contract {

namespace {

using namespace std::chrono_literals;
using events = std::vector<std::string>;
using fake::action;

void check_abort(const run_result& result, const events& expected) {
    BOOST_TEST(result.code() == "abort");
    BOOST_TEST(result.events == expected, boost::test_tools::per_element());
}

void before_the_start(stage& on) {
    std::stop_source stop;
    stop.request_stop();
    check_abort(on.run({}, {}, stop.get_token()), {});
    BOOST_TEST(on.counters().total() == 0u);
}

void when_the_link_is_shown(stage& on) {
    std::stop_source stop;
    check_abort(on.run({.on_qr_code = [&](const auto&) { stop.request_stop(); }}, {}, stop.get_token()), {"qr"});
    BOOST_TEST(on.counters().feishu.poll == 0u);
}

void between_polls(stage& on) {
    std::stop_source stop;
    const auto start = on.now();
    const auto result = on.run({.on_status_change = [&](const auto&) { stop.request_stop(); }}, {}, stop.get_token());
    check_abort(result, {"qr", "polling 5"});
    BOOST_TEST(on.counters().feishu.poll == 1u);
    BOOST_TEST((on.now() - start < 5s));
}

void while_the_first_request_is_out(stage& on) {
    std::stop_source stop;
    on.add_fault({.on = action::init, .instead = transport_failure{transport_failure_kind::timeout, "silence"}});
    on.stop_after_requests(1, stop);
    const auto start = on.now();
    check_abort(on.run({}, {}, stop.get_token()), {});
    BOOST_TEST((on.now() - start < 15s));
    BOOST_TEST(on.counters().total() == 1u);
}

void while_a_poll_is_out(stage& on) {
    std::stop_source stop;
    on.add_fault({.on = action::poll, .instead = transport_failure{transport_failure_kind::timeout, "silence"}});
    on.stop_after_requests(3, stop);
    const auto start = on.now();
    check_abort(on.run({}, {}, stop.get_token()), {"qr"});
    BOOST_TEST((on.now() - start < 15s));
    BOOST_TEST(on.counters().total() == 3u);
}

}  // namespace

void add_cancels(std::vector<scenario>& all) {
    all.push_back({"stop_before_the_start", {}, before_the_start});
    all.push_back({"stop_when_the_link_is_shown", {}, when_the_link_is_shown});
    all.push_back({"stop_between_polls", {}, between_polls});
    all.push_back({"stop_while_the_first_request_is_out", {}, while_the_first_request_is_out});
    all.push_back({"stop_while_a_poll_is_out", {}, while_a_poll_is_out});
}

}  // namespace lark::contract
