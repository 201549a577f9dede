// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <stop_token>
#include <string>
#include <vector>

/// The contract of a transport, as scenarios for Boost.Test that any transport can run. Your own runs them like this,
/// linked with the sources of this suite (writing-a-transport.md) and with the fake:
///
///     #include "contract.hpp"
///     #include <boost/test/data/test_case.hpp>
///     #include <boost/test/unit_test.hpp>
///
///     BOOST_DATA_TEST_CASE(my_transport, lark::contract::scenarios(), scenario) {
///         lark::contract::play_over_https(scenario, [](auto handlers, auto options, const auto& tls, auto stop) {
///             return mine::register_app(handlers, options, tls.ca_file, stop);
///         });
///     }
///
/// A transport with an event loop is made into such a function by `register_on` (over_flow_set.hpp).
namespace lark::contract {

/// How the sandbox of one scenario is trusted.
struct tls_options {
    std::filesystem::path ca_file;  ///< the certificates to trust; empty over HTTP
};

/// The transport under test: registers as `lark::register_app` does. The options bring the domains. Handlers are called
/// one at a time, and not after the function has returned.
using register_function = std::function<registration::app(registration::handlers, registration::options,
                                                          const tls_options&, std::stop_token)>;

class stage;
class wire;

/// One rule for transports.
struct scenario {
    std::string name;
    fake::service_options service{};
    std::function<void(stage&)> play{};    ///< against a sandbox; checks with BOOST_TEST
    std::function<void(wire&)> on_wire{};  ///< instead: against a server that breaks the protocol
    bool needs_tls = false;
    std::chrono::seconds limit{20};  ///< a transport that is not done by then has failed
};
std::ostream& operator<<(std::ostream& out, const scenario& s);

/// All of them: 20 seconds or so over HTTPS, since some must wait for real.
[[nodiscard]] const std::vector<scenario>& scenarios();
[[nodiscard]] const std::vector<scenario>& scenarios_over_http();   ///< without those of TLS
[[nodiscard]] const std::vector<scenario>& scenarios_in_process();  ///< without those that need a wire

/// The result of a scenario.
struct scenario_result {
    bool passed = false;
    std::string text{};  ///< the output of the scenario, and its end
    std::chrono::milliseconds took{};
};

/// Plays a scenario in a process of its own, which is killed when the scenario's limit is over. The calling process
/// must have no other thread.
[[nodiscard]] scenario_result run_in_own_process(const scenario& s, bool tls, const register_function& transport);

/// Runs a scenario so, writes a line about it to the standard output, and checks that it has passed.
void play_over_http(const scenario& s, const register_function& transport);
void play_over_https(const scenario& s, const register_function& transport);
/// Plays it in process, on the virtual clock of `fake::http_client`.
void play_in_process(const scenario& s);
/// The same over a `flow_set` on the virtual clock of `fake::event_loop`.
void play_in_process_on_event_loop(const scenario& s);

/// Plays it in process, and then each of its registrations once more, against the trace of the first time: the second
/// trace must be the same, to the nanosecond.
void replay_in_process(const scenario& s);
void replay_in_process_on_event_loop(const scenario& s);  ///< the same over a `flow_set`

}  // namespace lark::contract
