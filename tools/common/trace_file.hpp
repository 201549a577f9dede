// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/trace_text.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lark::tools {

/// An option of the command line, as the first line of a trace shows it.
struct shown_option {
    std::string name;   ///< with its dashes
    std::string value;  ///< empty: it was given, and the trace says no more
};

/// The file of `--trace`: a line with versions and options, then a line for each exchange (docs/troubleshooting.md). It is
/// readable by its owner alone; a file that exists is emptied. Each line is written at once. Nothing that comes here can hold a
/// secret: events cannot by their type, and what is shown of an option is the caller's choice.
class trace_file {
public:
    /// Opens the file and writes the first line. Throws `std::system_error`, which names the file.
    trace_file(std::string path, std::string_view program, const std::vector<shown_option>& options);
    trace_file(const trace_file&) = delete;
    trace_file& operator=(const trace_file&) = delete;
    ~trace_file();

    /// Throws `std::system_error` as the constructor.
    void add(const registration::trace_event& event, registration::trace_side side);
    void add_exit(int status);

private:
    void write(std::string_view members);
    [[noreturn]] void fail(int error) const;

    std::string path_;
    int descriptor_ = -1;
};

}  // namespace lark::tools
