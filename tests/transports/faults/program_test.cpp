// SPDX-License-Identifier: MIT
// lark-register against servers of the table whose every text is marked: what the program says on standard error shows
// the link and the user code, which are there to be shown, and nothing else that is marked.
#include "support/fault_cases.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;

namespace {

struct run_result {
    int status = -1;
    std::string out;
    std::string error;
};

/// Runs the program until its end; what it wrote, and its exit status.
run_result run_program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), boost::unit_test::framework::master_test_suite().argv[1]);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    char path[] = "PATH=/usr/bin:/bin", language[] = "LANG=C.UTF-8";
    std::array<char*, 3> environment{path, language, nullptr};

    int out[2], error[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(error, O_CLOEXEC) != 0) throw std::runtime_error{"pipe"};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, error[1], STDERR_FILENO);
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(error[1]);
    run_result result;
    pollfd open[2] = {{out[0], POLLIN, 0}, {error[0], POLLIN, 0}};
    std::string* const texts[2] = {&result.out, &result.error};
    while (open[0].fd >= 0 || open[1].fd >= 0) {
        if (::poll(open, 2, -1) < 0) continue;
        for (int i = 0; i < 2; ++i) {
            if (open[i].fd < 0 || open[i].revents == 0) continue;
            char buffer[4096];
            const auto got = ::read(open[i].fd, buffer, sizeof buffer);
            if (got > 0) {
                texts[i]->append(buffer, static_cast<std::size_t>(got));
            } else {
                ::close(open[i].fd);
                open[i].fd = -1;
            }
        }
    }
    int status = 0;
    if (failed == 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status)) result.status = WEXITSTATUS(status);
    return result;
}

/// `text` without the two things that the user is to see.
std::string without_the_link(std::string text) {
    for (const std::string shown : {"marked-link", "marked-user"})
        for (auto at = text.find(shown); at != std::string::npos; at = text.find(shown)) text.erase(at, shown.size());
    return text;
}

/// One case of each kind of end that comes without waiting for retries.
std::vector<fault_case> one_of_each_end() {
    std::vector<fault_case> chosen;
    std::set<std::string> seen;
    for (auto& fault : fault_table()) {
        const int* status = std::get_if<int>(&fault.exchange);
        const auto end = fault.begin + (status != nullptr
                                            ? std::to_string(*status)
                                            : std::string{to_string(std::get<transport_failure_kind>(fault.exchange))});
        if (fault.tries == 1 && seen.insert(end).second) chosen.push_back(std::move(fault));
    }
    return chosen;
}

}  // namespace

BOOST_AUTO_TEST_CASE(standard_error_holds_no_secret) {
    const fault_certificates certificates;
    const auto table = one_of_each_end();
    BOOST_TEST(table.size() >= 7U);
    std::vector<run_result> results(2 * table.size());
    std::atomic<std::size_t> next = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (auto at = next++; at < results.size(); at = next++) {
                    const auto& fault = table[at / 2];
                    fault_server server{fault, certificates,
                                        at % 2 == 0 ? fault_server::strike::always : fault_server::strike::first_poll};
                    results[at] = run_program({"--domain", server.url(), "--lark-domain", server.url(),
                                               "--no-check-auth-methods", "--cacert", certificates.ca_file.path()});
                }
            });
    }
    for (std::size_t at = 0; at < results.size(); ++at) {
        const auto& fault = table[at / 2];
        const auto& [status, out, error] = results[at];
        BOOST_TEST_CONTEXT((at % 2 == 0 ? "from the start: " : "at a poll: ") << fault.name << "\n" << error) {
            const bool done = at % 2 == 1 || fault.begin == "app";
            BOOST_TEST(status == (done ? 0 : 1));
            BOOST_TEST((out.find("client_secret=marked-secret") != std::string::npos) == done);
            BOOST_TEST((error.find("marked-link") != std::string::npos) == done);
            BOOST_TEST(without_the_link(error).find(marker) == std::string::npos);
            BOOST_TEST((error.find("Failed (" + fault.begin + ")") != std::string::npos) == !done);
        }
    }
}
