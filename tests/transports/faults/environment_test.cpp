// SPDX-License-Identifier: MIT
// Environments of a process: signals, forks, locales, small stacks, jumping clocks, no descriptors.
#include "support/fault_accounts.hpp"
#include "support/fault_clock.hpp"
#include "support/fault_watch.hpp"
#include "support/sanitizers.hpp"

#include <lark/injected/register_app.hpp>
#include <lark/poco.hpp>

#include <boost/test/unit_test.hpp>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>
#include <locale>
#include <optional>
#include <sstream>
#include <stop_token>
#include <thread>

using namespace lark;
using namespace lark::test;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

struct fixture : fault_accounts {
    registration::app register_it() {
        return lark::register_app({.on_qr_code = [](const auto&) {}}, options(), http());
    }

    /// The same in virtual time. Tells how it ended.
    std::string end_of(skipping_client& client, registration::handlers handlers = {.on_qr_code = [](const auto&) {}}) {
        try {
            return injected::register_app(std::move(handlers), options(), client).client_id;
        } catch (const register_app_error& error) {
            return error.code() + ": " + error.description();
        }
    }
};

/// Runs `f` on a thread with that much stack.
void run_on_stack(std::size_t bytes, std::function<void()> f) {
    pthread_attr_t attributes;
    BOOST_TEST_REQUIRE(pthread_attr_init(&attributes) == 0);
    BOOST_TEST_REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
    pthread_t thread{};
    const auto body = [](void* what) -> void* {
        (*static_cast<std::function<void()>*>(what))();
        return nullptr;
    };
    BOOST_TEST_REQUIRE(pthread_create(&thread, &attributes, body, &f) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

/// 1.234,5
struct comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

/// The process with a comma for decimals, for C and for C++.
class comma_locale {
public:
    comma_locale() : former_{std::locale::global(std::locale{std::locale::classic(), new comma})} {
        const auto built = "localedef -i de_DE -f UTF-8 " + (folder_ / "de_DE.UTF-8").string() + " >/dev/null 2>&1";
        std::filesystem::create_directory(folder_);
        (void)std::system(built.c_str());  // says a few harmless things; whether it worked shows below
        ::setenv("LOCPATH", folder_.c_str(), 1);
        complete_ =
            std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr && std::localeconv()->decimal_point == std::string{","};
    }
    ~comma_locale() {
        std::setlocale(LC_ALL, "C");
        std::locale::global(former_);
        ::unsetenv("LOCPATH");
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    comma_locale(const comma_locale&) = delete;
    comma_locale& operator=(const comma_locale&) = delete;
    /// The C library has it too; else there is no localedef or no definition of the German locale.
    [[nodiscard]] bool complete() const noexcept { return complete_; }

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("lark-locale-" + std::to_string(::getpid()));
    std::locale former_;
    bool complete_ = false;
};

/// A signal every millisecond for the thread that made this, whose handler interrupts system calls. For that thread
/// only: the servers of the tests are not meant to stand it.
class signal_storm {
public:
    signal_storm() {
        struct sigaction action {};
        action.sa_handler = [](int) { ++count; };  // no SA_RESTART
        sigaction(SIGUSR1, &action, &former_);
        sender_ = std::jthread{[target = pthread_self()](const std::stop_token& stop) {
            for (; !stop.stop_requested(); std::this_thread::sleep_for(1ms)) pthread_kill(target, SIGUSR1);
        }};
    }
    ~signal_storm() {
        sender_ = {};
        sigaction(SIGUSR1, &former_, nullptr);
    }
    signal_storm(const signal_storm&) = delete;
    signal_storm& operator=(const signal_storm&) = delete;
    static inline std::atomic<int> count = 0;

private:
    std::jthread sender_;
    struct sigaction former_ {};
};

/// How many sockets and event counters a program started now would inherit.
std::size_t inherited_by_programs() {
    std::FILE* list = ::popen("ls -l /proc/self/fd", "r");
    BOOST_TEST_REQUIRE(list != nullptr);
    std::size_t count = 0;
    char line[512];
    while (std::fgets(line, sizeof line, list) != nullptr) {
        const std::string text{line};
        count += text.find("socket:") != std::string::npos || text.find("anon_inode:") != std::string::npos;
    }
    ::pclose(list);
    return count;
}

/// Runs `f` in a child process; its exit status.
int in_child(const std::function<int()>& f) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(f());
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(environment, fixture)

BOOST_AUTO_TEST_CASE(a_stack_of_256_kib) {
    const std::size_t size = (memory_peak::meaningful() ? 256U : 1024U) * 1024;  // sanitizers widen every frame
    registration::app app;
    std::string refused;
    run_on_stack(size, [&] {
        app = register_it();
        auto other = http();
        const temporary_file ca{authority{"somebody"}.pem()};
        other.ca_file = ca.path();
        try {
            (void)lark::register_app({.on_qr_code = [](const auto&) {}}, options(), other);
        } catch (const register_app_error& error) {
            refused = error.code();
        }
    });
    BOOST_TEST(app.client_id == "cli_1");
    BOOST_TEST(refused == "certificate_error");
}

#if defined(__GLIBC__)
BOOST_AUTO_TEST_CASE(threads_with_a_stack_of_256_kib) {
    // Those that the background call starts: its loop, and one inside the resolver.
    pthread_attr_t former, small;
    BOOST_TEST_REQUIRE(pthread_getattr_default_np(&former) == 0);
    BOOST_TEST_REQUIRE(pthread_getattr_default_np(&small) == 0);
    BOOST_TEST_REQUIRE(pthread_attr_setstacksize(&small, (memory_peak::meaningful() ? 256U : 1024U) * 1024) == 0);
    BOOST_TEST_REQUIRE(pthread_setattr_default_np(&small) == 0);
    auto named = options();
    named.domain = named.lark_domain = server->url("https", "localhost", "");
    registration::async_handlers handlers;
    handlers.on_qr_code = [](const auto&) {};
    auto handle = lark::register_app_async(handlers, named, http());
    const auto app = handle.get();
    auto other = http();
    const temporary_file ca{authority{"somebody"}.pem()};
    other.ca_file = ca.path();
    auto refused = lark::register_app_async(handlers, named, other);
    BOOST_CHECK_EXCEPTION((void)refused.get(), register_app_error,
                          [](const auto& error) { return error.code() == "certificate_error"; });
    BOOST_TEST_REQUIRE(pthread_setattr_default_np(&former) == 0);
    pthread_attr_destroy(&small);
    pthread_attr_destroy(&former);
    BOOST_TEST(app.client_id == "cli_1");
}
#endif

BOOST_AUTO_TEST_CASE(a_comma_for_decimals) {
    link.replace(link.find("\"interval\":1,"), 13, "\"interval\":1.5,");
    headers_of_pending = "Retry-After: 2.5\r\n";
    const auto run = [&] {
        pending = 3;
        std::ostringstream out;
        out.imbue(std::locale::classic());
        poco::http_client wire{http()};
        skipping_client client{wire};
        auto opts = options();
        opts.interval_margin = 1.5;
        const registration::handlers handlers{
            .on_qr_code = [&](const auto& qr) { out << qr.url << ' ' << qr.expire_in.count() << '\n'; },
            .on_status_change = [&](const auto& s) { out << s.interval.count() << '\n'; }};
        out << injected::register_app(handlers, opts, client).client_id << '\n';
        out << std::chrono::round<std::chrono::seconds>(client.slept()).count() << '\n';
        return out.str();
    };
    const auto usual = run();
    const comma_locale there;
    BOOST_TEST(run() == usual);
    registration::async_handlers handlers;
    std::string shown;
    handlers.on_qr_code = [&](const auto& qr) { shown = qr.url; };
    auto handle = lark::register_app_async(handlers, options(), http());
    BOOST_TEST(handle.get().client_id == "cli_1");
    BOOST_TEST(usual.find(shown + " 600\n") == 0U);
    BOOST_TEST(usual.find("cli_1") != std::string::npos);
    if (!there.complete()) std::cerr << "skipped: the C library's half, since localedef made no locale here\n";
}

BOOST_AUTO_TEST_CASE(signals_all_the_time) {
    pending = 2;
    poco::http_client wire{http()};
    skipping_client client{wire};
    const signal_storm storm;
    BOOST_TEST(end_of(client) == "cli_1");
    scripted_server silent{[](peer& peer) { peer.wait_for_close(); }};
    const auto begin = steady::now();
    const auto result = wire.send({"POST", silent.url("https"), {}, "a=b", 300ms}, {});
    const auto took = steady::now() - begin;
    BOOST_TEST((std::get<transport_failure>(result).kind == transport_failure_kind::timeout));
    BOOST_TEST((took >= 300ms && took < 3s));
    BOOST_TEST(signal_storm::count > 10);
}

BOOST_AUTO_TEST_CASE(programs_inherit_nothing) {
    const auto before = inherited_by_programs();
    std::size_t blocking = 0, background = 0;
    (void)lark::register_app({.on_qr_code = [&](const auto&) { blocking = inherited_by_programs(); }}, options(),
                             http());
    registration::async_handlers handlers;
    handlers.on_qr_code = [&](const auto&) { background = inherited_by_programs(); };
    auto handle = lark::register_app_async(handlers, options(), http());
    (void)handle.get();
    BOOST_TEST(blocking == before);
    BOOST_TEST(background == before);
}

BOOST_AUTO_TEST_CASE(a_fork_in_the_middle) {
    pending = 1;
    std::promise<void> asked;
    registration::async_handlers handlers;
    handlers.on_qr_code = [](const auto&) {};
    handlers.on_status_change = [&](const auto&) { asked.set_value(); };
    auto handle = lark::register_app_async(handlers, options(), http());
    asked.get_future().get();
    // The child has copies of all descriptors and of half the threads' doings, and ends without a word.
    BOOST_TEST(in_child([] { return 7; }) == 7);
    BOOST_TEST(handle.get().client_id == "cli_1");
}

BOOST_AUTO_TEST_CASE(a_registration_in_a_forked_child) {
    BOOST_TEST(register_it().client_id == "cli_1");  // so that the libraries are in full use already
    BOOST_TEST(in_child([&] { return register_it().client_id == "cli_1" ? 0 : 1; }) == 0);
    BOOST_TEST(register_it().client_id == "cli_1");
    BOOST_TEST(polls == 3);
}

BOOST_AUTO_TEST_CASE(a_registration_in_the_background_of_a_forked_child,
                     *boost::unit_test::enable_if<can_start_threads_after_fork>()) {
    BOOST_TEST(register_it().client_id == "cli_1");
    BOOST_TEST(in_child([&] {
                   registration::async_handlers handlers;
                   handlers.on_qr_code = [](const auto&) {};
                   return lark::register_app_async(handlers, options(), http()).get().client_id == "cli_1" ? 0 : 1;
               }) == 0);
    BOOST_TEST(polls == 2);
}

BOOST_AUTO_TEST_CASE(the_machine_sleeps_past_the_lifetime) {
    pending = 1000;
    poco::http_client wire{http()};
    skipping_client client{wire};
    client.on_sleep = [&] { client.jump(24h); };
    BOOST_TEST(end_of(client).substr(0, 14) == "expired_token:");
    BOOST_TEST(polls == 2);  // the first, and one on waking
}

BOOST_AUTO_TEST_CASE(the_machine_sleeps_and_the_user_has_approved) {
    pending = 1;
    poco::http_client wire{http()};
    skipping_client client{wire};
    client.on_sleep = [&] { client.jump(24h); };
    BOOST_TEST(end_of(client) == "cli_1");
    BOOST_TEST(polls == 2);
}

BOOST_AUTO_TEST_CASE(the_clock_jumps_ahead_within_the_lifetime) {
    pending = 4;
    poco::http_client wire{http()};
    skipping_client client{wire};
    client.on_sleep = [&] { client.jump(100s); };  // a hundred intervals: one poll is due, not a hundred
    BOOST_TEST(end_of(client) == "cli_1");
    BOOST_TEST(polls == 5);
}

BOOST_AUTO_TEST_CASE(the_clock_jumps_back) {
    pending = 4;
    poco::http_client wire{http()};
    skipping_client client{wire};
    bool once = false;
    client.on_sleep = [&] {
        if (!std::exchange(once, true)) client.jump(-1h);
    };
    BOOST_TEST(end_of(client) == "cli_1");
    BOOST_TEST(polls == 5);
}

BOOST_AUTO_TEST_CASE(no_descriptor_left, *boost::unit_test::enable_if<can_do_without_descriptors>()) {
    poco::http_client wire{http()};
    skipping_client client{wire};
    rlimit former{};
    BOOST_TEST_REQUIRE(getrlimit(RLIMIT_NOFILE, &former) == 0);
    const int lowest_free = ::dup(STDIN_FILENO);
    ::close(lowest_free);
    const rlimit none{static_cast<rlim_t>(lowest_free), former.rlim_max};
    BOOST_TEST_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    const auto end = end_of(client);
    BOOST_TEST_REQUIRE(setrlimit(RLIMIT_NOFILE, &former) == 0);
    BOOST_TEST(end.find("network_error: ") == 0U, end);
    BOOST_TEST(end.find("Too many open files") != std::string::npos, end);
    BOOST_TEST(client.requests() == 3);
    BOOST_TEST(end_of(client) == "cli_1");  // it was passing
}

BOOST_AUTO_TEST_SUITE_END()
