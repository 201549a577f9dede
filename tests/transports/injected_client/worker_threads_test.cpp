// SPDX-License-Identifier: MIT
#include "scripted_client.hpp"

#include <lark/injected/client.hpp>

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <chrono>
#include <memory>

using namespace lark;
using namespace std::chrono_literals;

// Signals of the process are for the threads that the application knows about.
BOOST_AUTO_TEST_CASE(the_threads_of_a_client_take_no_signals_of_the_process) {
    const auto http = std::make_shared<injected::test::scripted_client>();
    sigset_t blocked;
    sigemptyset(&blocked);
    http->on("/open-apis/auth/v3/tenant_access_token/internal",
             [&](const http_request&, std::stop_token) -> http_result {
                 pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
                 return transport_failure{transport_failure_kind::certificate, "enough"};
             });
    injected::client client{"cli_1", secret{"s"}, http, {}};
    BOOST_CHECK_THROW((void)client.tenant_access_token_async().get(), std::exception);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGPIPE, SIGALRM})
        BOOST_TEST(sigismember(&blocked, signal) == 1);
    BOOST_TEST(sigismember(&blocked, SIGSEGV) == 0);
    sigset_t own;
    pthread_sigmask(SIG_BLOCK, nullptr, &own);
    BOOST_TEST(sigismember(&own, SIGTERM) == 0);
}
