// SPDX-License-Identifier: MIT
// Runs one example against a sandbox over TLS: `run-example PROGRAM app|many|abort|ctrl-c|hello|fake|test`. The example
// must end with status 0 and write the expected text to standard output within the limit.
#include <lark/fake.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

extern char** environ;

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto limit = 45s;

struct outcome {
    int status = -1;
    std::string output;
};

/// Reads the program's standard output to its end, and reaps it; kills it at the limit. Its first line is followed by a
/// SIGINT, if wanted.
outcome run(std::vector<std::string> command, bool interrupted) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int error = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0) throw std::runtime_error{"cannot start the example"};

    outcome out;
    const auto deadline = steady_clock::now() + limit;
    std::array<char, 4096> buffer{};
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
        pollfd wait{ends[0], POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0) {
            kill(child, SIGKILL);
            std::cerr << "the example took longer than " << limit.count() << " s\n";
            break;
        }
        const auto got = read(ends[0], buffer.data(), buffer.size());
        if (got <= 0) break;
        out.output.append(buffer.data(), static_cast<std::size_t>(got));
        if (interrupted && out.output.find('\n') != std::string::npos) {
            kill(child, SIGINT);
            interrupted = false;
        }
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return out;
}

bool fits(const std::string& output, const std::string& expected) {
    if (expected == "app")
        return output.find("cli_") != std::string::npos && output.find("no app") == std::string::npos;
    if (expected == "many") {
        // Each has its own app.
        std::set<std::string> apps;
        std::istringstream lines{output};
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("cli_")) apps.insert(line);
        return apps.size() == 20 && output.ends_with("20 of 20\n");
    }
    if (expected == "hello") return output.find("is Sandbox bot, enabled\nsent om_") != std::string::npos;
    if (expected == "abort") return output == "abort\n";
    if (expected == "ctrl-c") return output == "Ctrl-C gives up\nabort\n";
    if (expected == "test") return true;  // its status says it
    return expected == "fake" && output == "all good\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string expected = argv[2];
    std::vector<std::string> command{argv[1]};
    std::optional<lark::fake::sandbox> sandbox;
    if (expected != "fake" && expected != "test") {
        lark::fake::sandbox_options options;
        options.tls = true;
        if (expected != "abort" && expected != "ctrl-c") options.service.approve_after = 0s;
        sandbox.emplace(options);
        command.insert(command.end(), {sandbox->url(), sandbox->lark_url(), sandbox->ca_file().string()});
    }
    const auto result = run(command, expected == "ctrl-c");
    if (expected == "hello") {
        std::size_t hellos = 0;
        sandbox->with_service([&](lark::fake::accounts_service& service, lark::time_point) {
            for (const auto& message : service.messages()) hellos += message.content == R"({"text":"hello"})" ? 1 : 0;
        });
        if (hellos != 1) {
            std::cerr << "the service has got " << hellos << " hellos, not one\n";
            return 1;
        }
    }
    if (result.status == (expected == "ctrl-c" ? 1 : 0) && fits(result.output, expected)) return 0;
    std::cerr << "status " << result.status << ", output:\n" << result.output;
    return 1;
}
