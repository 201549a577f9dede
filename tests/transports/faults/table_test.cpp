// Every line of the table of faults, over every transport: one exchange, a registration that meets the fault from the
// start, and one that meets it at a poll. What it ends with, how long it takes, what it leaves behind, what it says.
#include "tested_transport.hpp"

#include "support/fault_cases.hpp"
#include "support/fault_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <atomic>
#include <ostream>
#include <thread>
#include <utility>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_memory = std::size_t{8} << 20;

struct fixture {
    fault_world world;
    std::vector<fault_case> table = fault_table();

    /// Poco blocks SIGPIPE when its library is loaded, and threads inherit that. Here it shall kill, if anybody raises it.
    fixture() {
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
    }

    [[nodiscard]] poco::http_options http(const fault_case& fault) const {
        poco::http_options result;
        result.ca_file = world.ca_file.path();
        result.proxy = "";
        result.connect_timeout = fault.timeout;
        return result;
    }

    /// Serves every case, `at_once` of them at the same time.
    void for_each_case(const std::function<void(const fault_case&, std::size_t)>& serve, unsigned at_once) const {
        std::atomic<std::size_t> next = 0;
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < at_once; ++i)
            threads.emplace_back([&] {
                for (std::size_t at = next++; at < table.size(); at = next++) serve(table[at], at);
            });
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

bool tells(const std::vector<std::string>& texts, std::string_view part) {
    for (const auto& text : texts)
        if (text.find(part) != std::string::npos) return true;
    return false;
}

long in_ms(steady::duration time) { return static_cast<long>(time / 1ms); }

struct result {
    story told;
    int struck = 0;
    int requests = 0;
    steady::duration took{};
};

/// A registration against a server that is bad as the case says.
result meet(const tested_transport& over, const fixture& with, const fault_case& fault, fault_server::strike when) {
    fault_server server{fault, with.world, when};
    registration::options options;
    options.domain = options.lark_domain = server.url();
    options.check_auth_methods = false;
    options.request_timeout = fault.timeout;
    const auto begin = steady::now();
    auto told = over.run(with.http(fault), options);
    const auto took = steady::now() - begin;
    return {std::move(told), server.struck(), server.requests(), took};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fault_table_over_every_transport, fixture)

BOOST_AUTO_TEST_CASE(one_exchange) {
    for (const auto& over : tested_transports()) {
        // Once before anything is counted: libraries keep some things for ever.
        const auto warm_up = [&](const fault_case& fault) {
            fault_server server{fault, world, fault_server::strike::always};
            return over.exchange(http(fault), {"POST", server.url() + "/", {}, "a=b", fault.timeout});
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
                    fault_server server{fault, world, fault_server::strike::always};
                    const http_request request{"POST", server.url() + "/", {}, "a=b&marked-request", fault.timeout};
                    const auto begin = steady::now();
                    got = over.exchange(http(fault), request);
                    took = steady::now() - begin;
                    requests = server.requests();
                    grown = memory.growth_in_bytes();
                    said = output.end();
                }
                BOOST_TEST(end_of(got) == end_of(fault), detail_of(got));
                BOOST_TEST_MESSAGE(fault.name << ": " << in_ms(took) << " ms, " << grown / 1024 << " KiB; " << detail_of(got));
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
    for (const auto& over : tested_transports()) {
        std::vector<result> results(table.size());
        const auto before = held_now();
        std::string said;
        {
            captured_output output;
            for_each_case([&](const auto& fault, auto at) { results[at] = meet(over, *this, fault, fault_server::strike::always); }, 8);
            said = output.end();
        }
        BOOST_TEST(said == "");
        for (std::size_t i = 0; i < table.size(); ++i) {
            const auto& fault = table[i];
            const auto& [told, struck, requests, took] = results[i];
            BOOST_TEST_CONTEXT(over.name << ", " << fault.name) {
                BOOST_TEST(told.end == fault.begin);
                if (fault.begin != "app") {
                    BOOST_TEST(struck == fault.tries);
                    BOOST_TEST((told.waited + took >= fault.wait * (fault.tries - 1)));
                    BOOST_TEST(told.texts.back() == "");  // no cause beside the description
                }
                BOOST_TEST((took < fault.longest + fault.tries * fault.timeout));
                if (fault.no_request) BOOST_TEST(requests == 0);
                BOOST_TEST(!tells(told.texts, marker));
            }
        }
        const auto after = settle(before);
        BOOST_TEST(after.descriptors <= before.descriptors);
        BOOST_TEST(after.threads <= before.threads);
    }
}

BOOST_AUTO_TEST_CASE(a_registration_that_meets_it_at_a_poll_gets_its_app) {
    for (const auto& over : tested_transports()) {
        std::vector<result> results(table.size());
        const auto before = held_now();
        std::string said;
        {
            captured_output output;
            for_each_case(
            [&](const auto& fault, auto at) { results[at] = meet(over, *this, fault, fault_server::strike::first_poll); }, 8);
            said = output.end();
        }
        BOOST_TEST(said == "");
        for (std::size_t i = 0; i < table.size(); ++i) {
            const auto& fault = table[i];
            const auto& told = results[i].told;
            BOOST_TEST_CONTEXT(over.name << ", " << fault.name) {
                BOOST_TEST(told.end == "app");
                BOOST_TEST(results[i].struck == 1);
                BOOST_TEST(told.texts.size() == (fault.begin == "app" ? 0U : 1U));  // status `retrying`
                BOOST_TEST((told.waited + results[i].took >= fault.wait));
                BOOST_TEST((told.waited < 60s));
                BOOST_TEST((results[i].took < fault.longest + fault.timeout));
                BOOST_TEST(!tells(told.texts, marker));
            }
        }
        const auto after = settle(before);
        BOOST_TEST(after.descriptors <= before.descriptors);
        BOOST_TEST(after.threads <= before.threads);
    }
}

BOOST_AUTO_TEST_CASE(nothing_stood_between_sigpipe_and_this_process) {
    // The table has many a peer that is gone: had a write raised the signal, there would be no process to ask.
    struct sigaction now {};
    BOOST_TEST(sigaction(SIGPIPE, nullptr, &now) == 0);
    BOOST_TEST((now.sa_handler == SIG_DFL));
}

BOOST_AUTO_TEST_SUITE_END()
