// SPDX-License-Identifier: MIT
#include "time_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace lark::tools {

std::string utc_text(std::chrono::system_clock::time_point t) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(t);
    const auto part = std::chrono::floor<std::chrono::milliseconds>(t - whole);
    const auto seconds = std::chrono::system_clock::to_time_t(whole);
    std::tm fields{};
    ::gmtime_r(&seconds, &fields);
    std::array<char, 32> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &fields);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(part.count()));
    return std::string(text.data(), size) + fraction.data();
}

}  // namespace lark::tools
