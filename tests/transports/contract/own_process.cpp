// SPDX-License-Identifier: MIT
#include "wire.hpp"

#include "sanitizers.hpp"

#include <boost/test/execution_monitor.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <system_error>

// A scenario has a process of its own: a transport that hangs can be ended, and one that raises signals harms no other.
namespace lark::contract {

namespace {

using clock = std::chrono::steady_clock;

/// The checks of this test case that have failed.
unsigned long failed_checks() {
    namespace ut = boost::unit_test;
    const auto& all = ut::results_collector.results(ut::framework::current_test_case_id());
    return all.p_assertions_failed.get();
}

/// `noexcept`: an exception must not get to Boost.Test, which would run the remaining cases in this process as well.
[[noreturn]] void play_and_exit(const scenario& s, bool tls, const register_function& transport, int output) noexcept {
    // Boost.Test makes exceptions of these.
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(signal, SIG_DFL);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::close(output);
    const auto before = failed_checks();
    bool complete = true;
    try {
        if (s.on_wire) {
            wire on(tls, transport);
            s.on_wire(on);
        } else {
            play_on_sandbox(s, tls, transport);
        }
    } catch (const boost::execution_aborted&) {  // BOOST_REQUIRE
        complete = false;
    }
    // With the checks that run at the end of a process: leaks, coverage.
    std::exit(complete && failed_checks() == before ? EXIT_SUCCESS : EXIT_FAILURE);
}

/// Reads what the scenario writes until its process ends. False once the time is over.
bool read_until_the_end(int input, clock::time_point deadline, std::string& text) {
    std::array<char, 4096> buffer;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
        pollfd ready{input, POLLIN, 0};
        if (left <= 0) return false;
        if (::poll(&ready, 1, static_cast<int>(left)) <= 0) continue;
        const auto size = ::read(input, buffer.data(), buffer.size());
        if (size == 0) return true;
        if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

void play(const scenario& s, bool tls, const register_function& transport) {
    const auto v = run_in_own_process(s, tls, transport);
    std::cout << "contract: " << s.name << (v.passed ? ": passed after " : ": FAILED after ") << v.took.count() << " ms"
              << std::endl;
    BOOST_TEST(v.passed, s.name << '\n' << v.text);
}

}  // namespace

scenario_result run_in_own_process(const scenario& s, bool tls, const register_function& transport) {
    if (s.needs_tls && !tls) return {false, "This scenario needs HTTPS: use scenarios_over_http().\n", {}};
    std::array<int, 2> pipe{};
    // Output that is still buffered would be written twice.
    std::cout.flush();
    std::fflush(nullptr);
    const auto start = clock::now();
    if (::pipe(pipe.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        ::close(pipe[0]);
        play_and_exit(s, tls, transport, pipe[1]);
    }
    ::close(pipe[1]);
    scenario_result v;
    const auto limit = s.limit * (test::is_sanitized ? 4 : 1);
    const bool ended = read_until_the_end(pipe[0], start + limit, v.text);
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    ::close(pipe[0]);
    v.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - start);
    v.passed = ended && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    if (!ended) v.text += "It hangs: it was ended after " + std::to_string(limit.count()) + " s.\n";
    else if (WIFSIGNALED(status))
        v.text += std::string{"It was ended by a signal: "} + strsignal(WTERMSIG(status)) + "\n";
    return v;
}

void play_over_http(const scenario& s, const register_function& transport) { play(s, false, transport); }

void play_over_https(const scenario& s, const register_function& transport) { play(s, true, transport); }

}  // namespace lark::contract
