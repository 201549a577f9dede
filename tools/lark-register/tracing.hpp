// SPDX-License-Identifier: MIT
#pragma once

#include "../common/trace_file.hpp"
#include "command_line.hpp"
#include "view.hpp"

#include <lark/registration/trace.hpp>

#include <optional>
#include <vector>

namespace lark_register {

/// The options that were given, with the values that can hold no secret and nothing of the user's own: words, numbers,
/// and hosts.
[[nodiscard]] std::vector<lark::tools::shown_option> shown_options(const arguments& s);

/// What `--verbose` and `--trace` show of the exchanges. Neither ends a registration: a line that cannot be shown is
/// left out, and a file that cannot be written any more is a warning.
class tracing {
public:
    /// Throws `std::system_error` if the file of `--trace` cannot be written.
    tracing(const arguments& s, view& out);

    /// Empty if the trace is off. Refers to this object.
    [[nodiscard]] lark::registration::trace_handler handler();

    /// The process ends with this status.
    void end(int exit_status) noexcept;

private:
    bool verbose_;
    view& out_;
    std::optional<lark::tools::trace_file> file_;
};

}  // namespace lark_register
