// SPDX-License-Identifier: MIT
// The event-loop half of the seam over Poco: a flow_set by hand, the registrar, and one registration in the background.
#include "contract.hpp"
#include "in_background.hpp"
#include "over_flow_set.hpp"

#include <lark/injected.hpp>
#include <lark/poco.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_DATA_TEST_CASE(contract_on_event_loop, lark::contract::scenarios(), scenario) {
    lark::contract::play_over_https(scenario, [](auto handlers, auto options, const auto& tls, auto stop) {
        lark::poco::event_loop loop{{.ca_file = tls.ca_file}};
        return lark::contract::register_on(loop, std::move(handlers), std::move(options), std::move(stop));
    });
}

BOOST_DATA_TEST_CASE(contract_on_registrar, lark::contract::scenarios(), scenario) {
    lark::contract::play_over_https(scenario, [](auto handlers, auto options, const auto& tls, auto stop) {
        lark::poco::registrar many{{.ca_file = tls.ca_file}};
        const auto start = [&many](auto recorders, auto opts) {
            return many.start(std::move(recorders), std::move(opts));
        };
        return lark::contract::register_in_background(start, std::move(handlers), std::move(options), std::move(stop));
    });
}

BOOST_DATA_TEST_CASE(contract_in_background, lark::contract::scenarios(), scenario) {
    lark::contract::play_over_https(scenario, [](auto handlers, auto options, const auto& tls, auto stop) {
        const auto start = [&tls](auto recorders, auto opts) {
            return lark::poco::register_app_async(std::move(recorders), std::move(opts), {.ca_file = tls.ca_file});
        };
        return lark::contract::register_in_background(start, std::move(handlers), std::move(options), std::move(stop));
    });
}
