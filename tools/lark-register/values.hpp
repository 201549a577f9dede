// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// Reading the values of options. Each throws `usage_error`, whose text says what was expected.
namespace lark_register {

[[nodiscard]] double to_number(std::string_view value);
[[nodiscard]] std::uint16_t to_port(std::string_view value);

/// Thirty years; far above every limit of the library, far below every overflow.
inline constexpr double most_seconds = 1e9;

/// Seconds with decimals, to the millisecond.
[[nodiscard]] std::chrono::milliseconds to_milliseconds(std::string_view value, double most = most_seconds);
[[nodiscard]] std::chrono::seconds to_whole_seconds(std::string_view value, double least, double most);

/// The whole file. `-` is standard input.
[[nodiscard]] std::string read_file(std::string_view path);

}  // namespace lark_register
