// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/outcome.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace lark_register {

/// The file of `--save`: JSON if its name ends in `.json`, else lines for a shell or a `.env` reader. A new file is
/// readable by its owner alone. A file that is replaced keeps its owner and its mode. A symbolic link is followed.
///
/// Made before anything is registered, so that a file that cannot be written is known in time. A temporary file beside
/// it holds the place until `write`, which renames it: the file has all of its content or is not there. The destructor
/// removes the temporary file if `write` was not called. Where renaming is not possible (a mounted file, a folder that
/// cannot be written, the file of another user), an existing file is written in place.
class credentials_file {
public:
    /// Throws `std::system_error` if the file exists and `force` is not set, is not a regular file, or cannot be
    /// written.
    credentials_file(std::string path, bool force);
    credentials_file(const credentials_file&) = delete;
    credentials_file& operator=(const credentials_file&) = delete;
    ~credentials_file();

    /// Writes the file under its name. Throws `std::system_error`, which names the file. Once only.
    void write(const lark::registration::app& app, std::string_view open_domain);

private:
    [[noreturn]] void fail(const char* what) const;
    [[noreturn]] void fail(int error) const;
    void make_temporary(bool replaces);
    void open_in_place();
    void write_content(std::string_view text);
    void move_into_place(std::string_view text);

    std::string path_;    // as it was given, for texts
    std::string target_;  // with symbolic links followed
    bool force_;
    std::string temporary_;  // empty: none
    int descriptor_ = -1;
};

/// True if the name is one that `credentials_file` knows what to do with.
[[nodiscard]] bool is_credentials_name(std::string_view path) noexcept;

}  // namespace lark_register
