// SPDX-License-Identifier: MIT
#include "../common/output.hpp"
#include "../common/signals.hpp"
#include "../common/trace_file.hpp"
#include "../common/trace_line.hpp"
#include "command_line.hpp"

#include <lark/fake/replay.hpp>
#include <lark/json.hpp>

#include <cerrno>
#include <exception>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include <unistd.h>

namespace {

using lark::registration::trace_event;
using lark::registration::trace_side;

void warn(std::string_view what) noexcept {
    lark::tools::try_to_print(STDERR_FILENO, "lark-sandbox: " + std::string(what) + "\n");
}

/// The file of `--replay`. Throws `std::runtime_error`, which names the file and the line.
lark::fake::replay read_replay(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::system_error(errno, std::generic_category(), "cannot read " + path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) throw std::system_error(errno, std::generic_category(), "cannot read " + path);
    try {
        return lark::fake::replay(text);
    } catch (const lark::registration::trace_error& e) {
        throw std::runtime_error(path + ": " + e.what());
    }
}

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
        if (!line.replay_file.empty()) line.sandbox.replay = read_replay(line.replay_file);
        std::optional<lark::tools::trace_file> trace;
        if (!line.trace_file.empty()) trace.emplace(line.trace_file, "lark-sandbox", line.given, warn);
        if (line.verbose || trace) {
            line.sandbox.on_exchange = [&](const trace_event& event) {
                if (line.verbose) {
                    const auto text = trace_line(event, lark::tools::english_trace_words, trace_side::server) + "\n";
                    lark::tools::try_to_print(STDERR_FILENO, text);
                }
                if (trace) trace->add(event, trace_side::server);
            };
        }
        lark::fake::sandbox box(line.sandbox);
        if (line.reply_after > lark::duration{0})
            box.add_fault({.replies = std::numeric_limits<unsigned>::max(), .delay = line.reply_after});
        lark::tools::print(STDOUT_FILENO, ready_text(box, line.json));
        stop->wait();
        return 0;
    } catch (const std::exception& e) {
        warn(e.what());
        return failed;
    }
}
