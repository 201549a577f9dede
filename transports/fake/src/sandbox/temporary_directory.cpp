// SPDX-License-Identifier: MIT
#include "temporary_directory.hpp"

#include <random>
#include <stdexcept>
#include <system_error>

namespace lark::fake {

temporary_directory::temporary_directory(const std::string& prefix) {
    namespace fs = std::filesystem;
    constexpr int tries = 16;
    std::random_device random;
    for (int i = 0; i < tries; ++i) {
        const auto candidate = fs::temp_directory_path() / (prefix + std::to_string(random()));
        // Only a directory that this call makes: an existing name may be the link of an attacker.
        if (!fs::create_directory(candidate)) continue;
        fs::permissions(candidate, fs::perms::owner_all);
        path_ = candidate;
        return;
    }
    throw std::runtime_error("no temporary directory can be made in " + fs::temp_directory_path().string());
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;  // the cleaner of temporary files removes the rest
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace lark::fake
