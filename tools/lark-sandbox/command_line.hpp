// SPDX-License-Identifier: MIT
#pragma once

#include "../common/trace_file.hpp"

#include <lark/fake/sandbox.hpp>
#include <lark/time.hpp>

#include <optional>
#include <string>
#include <vector>

namespace lark_sandbox {

struct command_line {
    lark::fake::sandbox_options sandbox{};
    lark::duration reply_after{};  ///< how long each reply of the service takes
    bool json = false;
    bool verbose = false;                            ///< each exchange is a line on standard error
    std::string trace_file{};                        ///< empty: none
    std::string replay_file{};                       ///< empty: none
    std::vector<lark::tools::shown_option> given{};  ///< for the trace
};

/// The exit status of the process, and the text that gives the reason.
struct early_end {
    int status = 0;  ///< 0: help, manual page or version, on standard output; 2: wrong usage, on standard error
    std::string text;
};

/// Reads the command line into `out`, or says that there is nothing to serve.
[[nodiscard]] std::optional<early_end> read_command_line(int argc, const char* const* argv, command_line& out);

}  // namespace lark_sandbox
