// SPDX-License-Identifier: MIT
// The test of the suite itself: it passes a transport that is right, and finds each fault by the scenario of its name.
#include "contract.hpp"
#include "faulty_client.hpp"

#include <lark/injected.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iostream>
#include <ostream>

namespace {

using lark::contract::fault;

lark::contract::register_function with(fault wrong) {
    return [wrong](auto handlers, auto options, const auto& tls, auto stop) {
        lark::contract::faulty_client client{tls.ca_file, wrong};
        return lark::injected::register_app(std::move(handlers), std::move(options), client, std::move(stop));
    };
}

struct expectation {
    fault wrong;
    std::string scenario;
    std::string says;  ///< a part of what the scenario writes
};
std::ostream& operator<<(std::ostream& out, const expectation& e) { return out << e.scenario; }

const std::vector<expectation> expectations{
    {fault::trusts_every_certificate, "certificate_is_verified", "a request was sent to a server"},
    {fault::trusts_every_certificate, "certificate_is_in_date", "a request was sent to a server"},
    {fault::ignores_the_host_name, "host_name_is_verified", "a request was sent to a server"},
    {fault::speaks_tls_1_0, "tls_1_0_is_refused", "a request was sent to a server"},
    {fault::speaks_tls_1_0, "tls_1_1_is_refused", "a request was sent to a server"},
    {fault::reports_certificates_as_cut, "certificate_error_has_its_kind", "kind `certificate` is expected"},
    {fault::reads_any_body, "body_has_a_cap", "was read"},
    {fault::reads_any_body, "body_until_the_close_has_a_cap", "was read"},
    {fault::reads_any_headers, "headers_have_a_cap", "was read"},
    {fault::follows_redirects, "redirect_is_not_followed", "http_error"},
    {fault::follows_redirects, "redirect_to_another_host_is_not_followed", "a redirect was followed"},
    {fault::has_no_timeout, "timeout_is_kept", "It hangs"},
    {fault::has_no_timeout, "timeout_is_for_the_handshake_too", "It hangs"},
    {fault::has_no_timeout, "silence", "It hangs"},
    {fault::has_a_timeout_a_read, "timeout_is_for_the_whole_reply", "It hangs"},
    {fault::tells_secrets, "detail_holds_no_secret", "holds a secret"},
    {fault::raises_sigpipe, "sigpipe_is_kept_away", "SIGPIPE reached the process"},
    {fault::sends_twice, "request_is_sent_once", "a request was sent 2 times"},
    {fault::sends_twice_on_a_kept_connection, "request_on_a_kept_connection_is_sent_once", "a poll was sent 2 times"},
    {fault::dies_of_an_exception, "approve", "It was ended by a signal"},
};

}  // namespace

BOOST_DATA_TEST_CASE(right_transport, lark::contract::scenarios(), scenario) {
    lark::contract::play_over_https(scenario, with(fault::none));
}

BOOST_DATA_TEST_CASE(fault_is_found, expectations, expected) {
    const auto& all = lark::contract::scenarios();
    const auto scenario = std::ranges::find(all, expected.scenario, &lark::contract::scenario::name);
    BOOST_REQUIRE((scenario != all.end()));
    const auto result = lark::contract::run_in_own_process(*scenario, true, with(expected.wrong));
    std::cout << "contract: fault found by " << expected << " after " << result.took.count() << " ms" << std::endl;
    BOOST_TEST(!result.passed);
    BOOST_TEST((result.text.find(expected.says) != std::string::npos), result.text);
}
