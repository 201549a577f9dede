// SPDX-License-Identifier: MIT
#include "../common/output.hpp"
#include "../common/signals.hpp"
#include "command_line.hpp"
#include "exchange_report.hpp"

#include <lark/json.hpp>

#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace {

std::string ready_text(const lark::fake::sandbox& box, bool json) {
    const std::string ca_file = box.ca_file().string();
    if (json) {
        return R"({"event":"ready","domain":)" + lark::json::quote(box.url()) + R"(,"lark_domain":)" +
               lark::json::quote(box.lark_url()) + R"(,"ca_file":)" +
               (ca_file.empty() ? std::string("null") : lark::json::quote(ca_file)) + "}\n";
    }
    std::string text = "Feishu host  " + box.url() + "\nLark host    " + box.lark_url() + "\n";
    if (!ca_file.empty()) text += "Trust        " + ca_file + "\n";
    return text + "Dashboard    " + box.url() + "/\nServing until Ctrl-C.\n";
}

}  // namespace

int main(int argc, char** argv) {
    constexpr int failed = 1;
    std::optional<lark::tools::signal_stop>
        stop;  // outlives the try block: a signal interrupts the report of an error, too
    try {
        const bool has_output = lark::tools::open_missing_streams();
        lark::tools::ignore_write_signals();
        lark_sandbox::command_line line;
        const auto end = lark_sandbox::read_command_line(argc, argv, line);
        if (!has_output && (!end || end->status == 0)) throw std::runtime_error("standard output is closed");
        if (end) {
            lark::tools::print(end->status == 0 ? STDOUT_FILENO : STDERR_FILENO, end->text);
            return end->status;
        }
        stop.emplace();  // before any other thread
        if (!line.replay_file.empty()) line.sandbox.replay = lark_sandbox::read_replay(line.replay_file);
        lark_sandbox::exchange_report report(line);
        if (line.verbose || !line.trace_file.empty()) line.sandbox.on_exchange = std::ref(report);
        lark::fake::sandbox box(line.sandbox);
        if (line.reply_after > lark::duration{0})
            box.add_fault({.replies = std::numeric_limits<unsigned>::max(), .delay = line.reply_after});
        lark::tools::print(STDOUT_FILENO, ready_text(box, line.json));
        stop->wait();
        return 0;
    } catch (const std::exception& e) {
        lark::tools::try_to_print(STDERR_FILENO, std::string("lark-sandbox: ") + e.what() + "\n");
        return failed;
    }
}
