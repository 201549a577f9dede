// SPDX-License-Identifier: MIT
// Every line of the table of faults, over every transport, or over those that are named on the command line: one
// exchange, a registration that meets the fault from the start, and one that meets it at a poll. The table says the
// end, the time it takes, the resources that are left, and the texts.
#include "tested_transport.hpp"

#include "support/fault_cases.hpp"
#include "support/fault_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_memory = std::size_t{8} << 20;

std::vector<tested_transport> chosen_transports() {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    auto all = tested_transports();
    if (suite.argc < 2) return all;
    const std::vector<std::string> names{suite.argv + 1, suite.argv + suite.argc};
    std::erase_if(all, [&](const auto& one) { return std::find(names.begin(), names.end(), one.name) == names.end(); });
    BOOST_TEST_REQUIRE(all.size() == names.size());
    return all;
}

struct fixture {
    fault_certificates certificates;
    std::vector<fault_case> table = fault_table();

    /// Poco blocks SIGPIPE when its library is loaded, and threads inherit that. Here it shall kill, if anybody raises
    /// it.
    fixture() {
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
    }

    [[nodiscard]] poco::http_options http(const fault_case& fault) const {
        poco::http_options result;
        result.ca_file = certificates.ca_file.path();
        result.proxy = "";
        result.connect_timeout = fault.timeout;
        return result;
    }
};

std::string end_of(const http_result& result) {
    if (const auto* response = std::get_if<http_response>(&result)) return std::to_string(response->status);
    return std::string{to_string(std::get<transport_failure>(result).kind)};
}

std::string end_of(const fault_case& fault) {
    if (const int* status = std::get_if<int>(&fault.exchange)) return std::to_string(*status);
    return std::string{to_string(std::get<transport_failure_kind>(fault.exchange))};
}

std::string detail_of(const http_result& result) {
    const auto* failure = std::get_if<transport_failure>(&result);
    return failure != nullptr ? failure->detail : std::string{};
}

bool mentions(const std::vector<std::string>& texts, std::string_view part) {
    for (const auto& text : texts)
        if (text.find(part) != std::string::npos) return true;
    return false;
}

long in_ms(steady::duration time) { return static_cast<long>(time / 1ms); }

struct result {
    run_record seen;
    int struck = 0;
    int requests = 0;
};

/// A registration for every case, each against a server of its own that is bad as the case says.
std::vector<result> meet_all(const tested_transport& over, const fixture& with, fault_server::strike when) {
    std::vector<std::unique_ptr<fault_server>> servers;
    std::vector<registration::options> options;
    for (const auto& fault : with.table) {
        auto& at = *servers.emplace_back(std::make_unique<fault_server>(fault, with.certificates, when));
        auto& made = options.emplace_back();
        made.domain = made.lark_domain = at.url();
        made.check_auth_methods = false;
        made.request_timeout = when == fault_server::strike::always ? fault.timeout : fault.timeout_among_honest;
    }
    auto http = with.http(with.table.front());
    http.connect_timeout = 10s;  // that of the request is the shorter one
    auto records = over.run(http, options);
    std::vector<result> results;
    for (std::size_t i = 0; i < records.size(); ++i)
        results.push_back({std::move(records[i]), servers[i]->struck(), servers[i]->requests()});
    return results;
}

/// The request after a reply that leaves the connection kept may be lost with that, and counts as a try: one of three,
/// as the one behind it has a connection of its own.
bool may_lose_a_try(const fault_case& fault) { return fault.keeps_connection && fault.tries > 1; }

/// The sum of the waits between `tries`, and no less than the service asked for (protocol.md, section 2); a try that is
/// lost asks for none.
std::chrono::seconds start_waits(const fault_case& fault) {
    std::chrono::seconds sum{0};
    const int asked_for = fault.tries - (may_lose_a_try(fault) ? 1 : 0);
    for (int i = 0; i + 1 < fault.tries; ++i)
        sum += std::max(std::chrono::seconds{1 << i}, i + 1 < asked_for ? fault.wait : 0s);
    return sum;
}

/// The wait after one failure, at an interval of a second (section 3).
std::chrono::seconds poll_wait(const fault_case& fault) {
    return fault.begin == "app" ? 0s : std::max<std::chrono::seconds>(2s, fault.wait);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fault_table_over_every_transport, fixture)

BOOST_AUTO_TEST_CASE(one_exchange) {
    for (const auto& over : chosen_transports()) {
        // Once before anything is counted: libraries keep some things for ever.
        const auto warm_up = [&](const fault_case& fault) {
            fault_server server{fault, certificates, fault_server::strike::always};
            return over.exchange(http(fault), server.url(), fault.timeout);
        };
        (void)warm_up(table.front());
        (void)warm_up(table.back());
        for (const auto& fault : table) {
            BOOST_TEST_CONTEXT(over.name << ", " << fault.name) {
                const auto before = held_now();
                http_result got;
                steady::duration took{};
                int requests = 0;
                std::size_t grown = 0;
                std::string said;
                {
                    captured_output output;
                    const memory_peak memory;
                    fault_server server{fault, certificates, fault_server::strike::always};
                    const auto begin = steady::now();
                    got = over.exchange(http(fault), server.url(), fault.timeout);
                    took = steady::now() - begin;
                    requests = server.requests();
                    grown = memory.growth_in_bytes();
                    said = output.end();
                }
                BOOST_TEST(end_of(got) == end_of(fault), detail_of(got));
                BOOST_TEST_MESSAGE(fault.name << ": " << in_ms(took) << " ms, " << grown / 1024 << " KiB; "
                                              << detail_of(got));
                BOOST_TEST((took < fault.longest), "took " << in_ms(took) << " ms");
                BOOST_TEST((grown < most_memory || !memory_peak::meaningful()), "grew by " << grown / 1024 << " KiB");
                BOOST_TEST(said == "");
                BOOST_TEST(detail_of(got).find(marker) == std::string::npos, detail_of(got));
                BOOST_TEST(std::holds_alternative<http_response>(got) != (detail_of(got) != ""));
                if (fault.no_request) BOOST_TEST(requests == 0);
                const auto after = settle(before);
                BOOST_TEST(after.descriptors <= before.descriptors);
                BOOST_TEST(after.threads <= before.threads);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_registration_that_meets_it_from_the_start) {
    for (const auto& over : chosen_transports()) {
        std::vector<result> results;
        const auto before = held_now();
        std::string said;
        {
            captured_output output;
            results = meet_all(over, *this, fault_server::strike::always);
            said = output.end();
        }
        BOOST_TEST(said == "");
        BOOST_TEST_REQUIRE(results.size() == table.size());
        for (std::size_t i = 0; i < table.size(); ++i) {
            const auto& fault = table[i];
            const auto& [seen, struck, requests] = results[i];
            const auto waits = start_waits(fault);
            BOOST_TEST_CONTEXT(over.name << ", " << fault.name) {
                BOOST_TEST((seen.end == fault.begin || (seen.end == "network_error" && may_lose_a_try(fault))),
                           seen.end);
                if (fault.begin != "app") {
                    BOOST_TEST(struck <= fault.tries);
                    BOOST_TEST(struck >= fault.tries - (may_lose_a_try(fault) ? 1 : 0));
                    BOOST_TEST((seen.waited + seen.took >= waits));
                    BOOST_TEST(seen.texts.back() == "");  // no last error beside the description
                }
                const auto most = fault.longest + fault.tries * fault.timeout + (over.waits_for_real ? waits : 0s);
                BOOST_TEST((seen.took < most), "took " << in_ms(seen.took) << " ms");
                if (fault.no_request) BOOST_TEST(requests == 0);
                BOOST_TEST(!mentions(seen.texts, marker));
            }
        }
        const auto after = settle(before);
        BOOST_TEST(after.descriptors <= before.descriptors);
        BOOST_TEST(after.threads <= before.threads);
    }
}

BOOST_AUTO_TEST_CASE(a_registration_that_meets_it_at_a_poll_gets_its_app) {
    for (const auto& over : chosen_transports()) {
        std::vector<result> results;
        const auto before = held_now();
        std::string said;
        {
            captured_output output;
            results = meet_all(over, *this, fault_server::strike::first_poll);
            said = output.end();
        }
        BOOST_TEST(said == "");
        BOOST_TEST_REQUIRE(results.size() == table.size());
        for (std::size_t i = 0; i < table.size(); ++i) {
            const auto& fault = table[i];
            const auto& seen = results[i].seen;
            BOOST_TEST_CONTEXT(over.name << ", " << fault.name) {
                BOOST_TEST(seen.end == "app");
                BOOST_TEST(results[i].struck == 1);
                // Status `retrying`. The poll after a reply that leaves the connection kept may be lost with that:
                // polls are sent once, so it comes again an interval later.
                const auto failed = fault.begin == "app" ? 0U : 1U;
                BOOST_TEST(seen.texts.size() >= failed);
                BOOST_TEST(seen.texts.size() <= failed + (fault.keeps_connection ? 1U : 0U));
                const auto wait = poll_wait(fault);
                BOOST_TEST((seen.waited + seen.took >= wait));
                BOOST_TEST((seen.waited < 60s));
                const auto again = fault.keeps_connection ? 1s : 0s;
                const auto most =
                    fault.longest + fault.timeout_among_honest + (over.waits_for_real ? wait + again : 0s);
                BOOST_TEST((seen.took < most), "took " << in_ms(seen.took) << " ms");
                BOOST_TEST(!mentions(seen.texts, marker));
            }
        }
        const auto after = settle(before);
        BOOST_TEST(after.descriptors <= before.descriptors);
        BOOST_TEST(after.threads <= before.threads);
    }
}

BOOST_AUTO_TEST_CASE(nothing_stood_between_sigpipe_and_this_process) {
    // Many peers of the table close early: a write that raised the signal would have ended this process.
    struct sigaction now {};
    BOOST_TEST(sigaction(SIGPIPE, nullptr, &now) == 0);
    BOOST_TEST((now.sa_handler == SIG_DFL));
}

BOOST_AUTO_TEST_SUITE_END()
