// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/flow_set.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>

#include <functional>
#include <stop_token>

/// For a transport with an event loop: makes the `register_function` of the contract suite of it.
///
///     BOOST_DATA_TEST_CASE(my_loop, lark::contract::scenarios(), scenario) {
///         lark::contract::play_over_https(scenario, [](auto handlers, auto options, const auto& place, auto stop) {
///             mine::loop loop{place.ca_file};
///             lark::injected::flow_set set{loop};
///             const lark::contract::loop_turns turns{.run_once = [&] { loop.run_once(); }, .wake = [&] { loop.wake(); }};
///             return lark::contract::register_on(set, turns, handlers, options, stop);
///         });
///     }
namespace lark::contract {

/// The operations of the event loop under the set.
struct loop_turns {
    /// Waits for an event, and passes it to the set.
    std::function<void()> run_once{};
    /// Ends that wait, or the next one. Called by any thread. Empty: only handlers and callbacks of the loop stop anything.
    std::function<void()> wake{};
};

/// Registers on the calling thread: turns the loop until the registration is over. A stop request cancels it; an
/// exception of a handler is passed on. Checks with BOOST_TEST that the end is reported once and last, and that nothing
/// is left.
registration::app register_on(injected::flow_set& set, const loop_turns& loop, registration::handlers handlers,
                              registration::options options, std::stop_token stop);

}  // namespace lark::contract
