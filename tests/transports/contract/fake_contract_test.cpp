// SPDX-License-Identifier: MIT
#include "contract.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_DATA_TEST_CASE(contract_in_process, lark::contract::scenarios_in_process(), scenario) {
    lark::contract::play_in_process(scenario);
}

BOOST_DATA_TEST_CASE(contract_in_process_on_event_loop, lark::contract::scenarios_in_process(), scenario) {
    lark::contract::play_in_process_on_event_loop(scenario);
}

BOOST_DATA_TEST_CASE(recorded_and_replayed, lark::contract::scenarios_in_process(), scenario) {
    lark::contract::replay_in_process(scenario);
}

BOOST_DATA_TEST_CASE(recorded_and_replayed_on_event_loop, lark::contract::scenarios_in_process(), scenario) {
    lark::contract::replay_in_process_on_event_loop(scenario);
}
