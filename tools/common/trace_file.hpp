// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/trace_text.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lark::tools {

/// An option of the command line, as the first line of a trace shows it.
struct shown_option {
    std::string name;   ///< with its dashes
    std::string value;  ///< empty: it was given, and the trace says no more
};

/// The file of `--trace`: a line with versions and options, then a line for each exchange (docs/troubleshooting.md). It
/// is readable by its owner alone; a file that exists is emptied. Each line is written at once. Nothing that comes here
/// can hold a secret: events cannot by their type, and what is shown of an option is the caller's choice. A line that
/// cannot be written is the last one: that is reported once, and ends neither program.
class trace_file {
public:
    /// Opens the file and writes the first line. Throws `std::system_error`, which names the file. `warn` gets the text
    /// of a later error; what it throws is dropped.
    trace_file(std::string path, std::string_view program, const std::vector<shown_option>& options,
               std::function<void(std::string_view)> warn);
    trace_file(const trace_file&) = delete;
    trace_file& operator=(const trace_file&) = delete;
    ~trace_file();

    void add(const registration::trace_event& event, registration::trace_side side) noexcept;
    /// The last line: the status with which the process ends.
    void add_exit(int status) noexcept;

private:
    void write(std::string_view members);
    void close() noexcept;
    [[noreturn]] void fail(int error) const;

    std::string path_;
    std::function<void(std::string_view)> warn_;
    int descriptor_ = -1;  // closed after an error
};

}  // namespace lark::tools
