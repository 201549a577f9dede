// SPDX-License-Identifier: MIT
#include "exchange_report.hpp"

#include "../common/output.hpp"
#include "../common/trace_line.hpp"

#include <unistd.h>

#include <cerrno>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace lark_sandbox {

using lark::registration::trace_side;

exchange_report::exchange_report(const command_line& line) : verbose_(line.verbose) {
    if (!line.trace_file.empty()) file_.emplace(line.trace_file, "lark-sandbox", line.given);
}

void exchange_report::operator()(const lark::registration::trace_event& event) noexcept {
    try {
        if (verbose_) {
            const auto text = trace_line(event, lark::tools::english_trace_words, trace_side::server) + "\n";
            static_cast<void>(lark::tools::try_to_print(STDERR_FILENO, text));
        }
        if (file_) file_->add(event, trace_side::server);
    } catch (const std::exception& e) {
        file_.reset();
        lark::tools::try_to_print(STDERR_FILENO, "lark-sandbox: " + std::string(e.what()) + "\n");
    }
}

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

}  // namespace lark_sandbox
