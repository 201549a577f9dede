// SPDX-License-Identifier: MIT
#include "contract.hpp"
#include "plain_client.hpp"

#include <lark/injected.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_DATA_TEST_CASE(contract_over_http, lark::contract::scenarios_over_http(), scenario) {
    lark::contract::play_over_http(scenario, [](auto handlers, auto options, const auto&, auto stop) {
        lark::contract::plain_client client;
        return lark::injected::register_app(std::move(handlers), std::move(options), client, std::move(stop));
    });
}
