// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/event_loop.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>

#include <stop_token>

/// For a transport with an event loop: makes the `register_function` of the contract suite of it.
///
///     BOOST_DATA_TEST_CASE(my_loop, lark::contract::scenarios(), scenario) {
///         lark::contract::play_over_https(scenario, [](auto handlers, auto options, const auto& tls, auto stop) {
///             mine::loop loop{tls.ca_file};
///             return lark::contract::register_on(loop, handlers, options, stop);
///         });
///     }
namespace lark::contract {

/// Registers on the calling thread, by a `flow_set` over the loop: runs it until the registration is over. A stop
/// request, which may come from any thread, cancels it; an exception of a handler is passed on. Checks with BOOST_TEST
/// that the end is reported once and last, and that nothing is left.
registration::app register_on(injected::runnable_event_loop& loop, registration::handlers handlers,
                              registration::options options, std::stop_token stop);

}  // namespace lark::contract
