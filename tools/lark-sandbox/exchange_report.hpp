// SPDX-License-Identifier: MIT
#pragma once

#include "../common/trace_file.hpp"
#include "command_line.hpp"

#include <lark/fake/replay.hpp>
#include <lark/registration/trace.hpp>

#include <optional>
#include <string>

namespace lark_sandbox {

/// What `--verbose` and `--trace` show of the exchanges. Neither ends the sandbox: a line that cannot be shown is left out, and a
/// file that cannot be written any more is reported once.
class exchange_report {
public:
    /// Throws `std::system_error` if the file of `--trace` cannot be written.
    explicit exchange_report(const command_line& line);

    void operator()(const lark::registration::trace_event& event) noexcept;

private:
    bool verbose_;
    std::optional<lark::tools::trace_file> file_;
};

/// The file of `--replay`. Throws `std::runtime_error`, which names the file and the line.
[[nodiscard]] lark::fake::replay read_replay(const std::string& path);

}  // namespace lark_sandbox
