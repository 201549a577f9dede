#include "command_line.hpp"

#include <Poco/JSONString.h>

#include <exception>
#include <iostream>
#include <string>

#include <pthread.h>
#include <signal.h>

namespace {

/// The signals that end the sandbox. Blocked before any thread starts, so that they wait for `sigwait`.
sigset_t block_ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return set;
}

std::string ready_text(const lark::fake::sandbox& box, bool json) {
    const std::string ca_file = box.ca_file().string();
    if (json) {
        return R"({"event":"ready","domain":)" + Poco::toJSON(box.url()) + R"(,"lark_domain":)" +
               Poco::toJSON(box.lark_url()) + R"(,"ca_file":)" +
               (ca_file.empty() ? std::string("null") : Poco::toJSON(ca_file)) + "}\n";
    }
    std::string text = "Feishu host  " + box.url() + "\nLark host    " + box.lark_url() + "\n";
    if (!ca_file.empty()) text += "Trust        " + ca_file + "\n";
    return text + "Dashboard    " + box.url() + "/\nServing until Ctrl-C.\n";
}

}  // namespace

int main(int argc, char** argv) {
    constexpr int failed = 1;
    try {
        lark_sandbox::command_line line;
        if (const auto end = lark_sandbox::read_command_line(argc, argv, line)) {
            (end->status == 0 ? std::cout : std::cerr) << end->text << std::flush;
            return end->status;
        }
        ::signal(SIGPIPE, SIG_IGN);  // a reader of the ready line that has gone is an error of the write
        const auto signals = block_ending_signals();
        const lark::fake::sandbox box(line.sandbox);
        if (!(std::cout << ready_text(box, line.json) << std::flush)) {
            std::cerr << "lark-sandbox: cannot write to standard output\n";
            return failed;
        }
        int received = 0;
        if (const int error = sigwait(&signals, &received); error != 0) {
            std::cerr << "lark-sandbox: cannot wait for signals: error " << error << "\n";
            return failed;
        }
        return 0;
    } catch (const std::exception& e) {
        std::cerr << "lark-sandbox: " << e.what() << "\n";
        return failed;
    }
}
