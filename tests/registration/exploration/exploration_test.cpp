// SPDX-License-Identifier: MIT
// Every input at every reachable state, to a fixed depth; deeper with `./dev explore`.
#include "registration/exploration/explore.hpp"

#include "registration/support/watched_flow.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>

using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;

namespace {

void check(const options& opts, start from, unsigned depth, std::size_t least) {
    explored result;
    try {
        result = explore(opts, from, depth);
    } catch (const broken_rule& e) {
        BOOST_ERROR(e.what());
    }
    std::cout << result.states << " states, " << result.transitions << " transitions, " << result.carried_on
              << " states carried on\n";
    BOOST_TEST(result.states > least);
    BOOST_TEST(result.ended > 10u);
    if (from == start::link_shown && !opts.give_up_after) BOOST_TEST(result.carried_on > least / 2);
}

}  // namespace

BOOST_AUTO_TEST_CASE(from_the_start) { check({}, start::nothing_sent, 3, 1000); }

BOOST_AUTO_TEST_CASE(from_the_link_on) { check({}, start::link_shown, 4, 10'000); }

BOOST_AUTO_TEST_CASE(with_margin_and_first_poll_after_the_interval) {
    check({.check_auth_methods = false, .interval_margin = 1.5, .first_poll = first_poll::after_interval},
          start::link_shown, 3, 300);
}

BOOST_AUTO_TEST_CASE(with_short_timeouts) {
    const options opts{.request_timeout = 2s, .start_budget = 3s, .expiry_grace = 1ms};
    check(opts, start::nothing_sent, 3, 300);
    check(opts, start::link_shown, 3, 300);
}

BOOST_AUTO_TEST_CASE(with_a_limit_on_the_whole_call) {
    const options opts{.request_timeout = 2s, .give_up_after = 7s};
    check(opts, start::nothing_sent, 3, 300);
    check(opts, start::link_shown, 3, 300);
}
