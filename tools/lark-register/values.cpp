// SPDX-License-Identifier: MIT
#include "values.hpp"

#include "usage_error.hpp"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace lark_register {

namespace {

double to_seconds(std::string_view value, double least, double most) {
    const auto seconds = to_number(value);
    if (seconds < least || seconds > most)
        throw usage_error(&texts::expected_seconds,
                          {std::to_string(std::llround(least)), std::to_string(std::llround(most))});
    return seconds;
}

}  // namespace

double to_number(std::string_view value) {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || !std::isfinite(number))
        throw usage_error(&texts::expected_number, {});
    return number;
}

std::uint16_t to_port(std::string_view value) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), port);
    if (error != std::errc{} || end != value.data() + value.size()) throw usage_error(&texts::expected_port, {});
    return port;
}

std::chrono::milliseconds to_milliseconds(std::string_view value, double most) {
    return std::chrono::milliseconds{std::llround(to_seconds(value, 0, most) * 1000)};
}

std::chrono::seconds to_whole_seconds(std::string_view value, double least, double most) {
    const auto seconds = to_seconds(value, least, most);
    if (seconds != std::floor(seconds)) throw usage_error(&texts::expected_whole_seconds, {});
    return std::chrono::seconds{std::llround(seconds)};
}

std::string read_file(std::string_view path) {
    if (path == "-") return std::string{std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream file{std::string(path), std::ios::binary};
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) throw usage_error(&texts::cannot_read, {path, std::strerror(errno)});
    return text;
}

}  // namespace lark_register
