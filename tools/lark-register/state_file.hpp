// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/snapshot.hpp>

#include <string>

namespace lark_register {

/// The file of `--state` and `--resume`: a snapshot of a registration, readable by its owner alone. It is a secret, and
/// holds no credentials.
class state_file {
public:
    explicit state_file(std::string path) : path_(std::move(path)) {}

    /// Throws `std::system_error` if there is a file of that name already, or if none can be made there.
    void probe_new() const;

    /// Throws `std::system_error`, and `lark::registration::snapshot_error`; both name the file.
    [[nodiscard]] lark::registration::snapshot read() const;

    /// Replaces the file in one step: it has all of the new content, or all of the old. Throws `std::system_error`.
    void write(const lark::registration::snapshot& saved) const;

    /// Of no use any more. An error is not reported: the snapshot is over by then.
    void remove() const noexcept;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    [[noreturn]] void fail(const char* what) const;

    std::string path_;
};

}  // namespace lark_register
