// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <system_error>

/// Descriptors of the two programs.
namespace lark::tools {

/// Opens /dev/null for each of the descriptors 0 to 2 that is closed: a file or a socket that is opened later must not
/// become the standard output of this process. To be called first in `main`. Returns false if standard output was
/// closed. Throws `std::system_error`.
[[nodiscard]] bool open_missing_streams();

/// Ignores SIGPIPE and SIGXFSZ, so that a closed pipe or a limit on file sizes is an error of the write.
void ignore_write_signals() noexcept;

/// Writes all of `text` to a file. Throws `std::system_error`; `what()` names no file.
void write_all(int file, std::string_view text);

/// Writes all of `text` to standard output or standard error, and waits where another process made a pipe non-blocking.
/// Throws `std::system_error` if a pipe has no reader, the disk is full, or `interrupt_output` was called during it.
void print(int stream, std::string_view text);
/// The same; false instead of an exception.
bool try_to_print(int stream, std::string_view text) noexcept;

/// Ends each `print` that waits at this moment, on any thread. Safe to call again and again, from any thread.
void interrupt_output() noexcept;

}  // namespace lark::tools
