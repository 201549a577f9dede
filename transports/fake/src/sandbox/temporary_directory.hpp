// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace lark::fake {

/// A new directory among the temporary files, readable by its owner only; removed with the object, and all in it.
class temporary_directory {
public:
    /// Throws `std::runtime_error` if none can be made.
    explicit temporary_directory(const std::string& prefix);
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    ~temporary_directory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace lark::fake
