// SPDX-License-Identifier: MIT
// Reads texts from standard input, each behind its length (32 bits, little endian), and writes for each `json::text()`
// of the parsed value in the same form, or the length 2³² - 1 for what `json::parse` refuses. For
// json_against_python.py.
#include <lark/json.hpp>

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

namespace {

std::optional<std::uint32_t> read_length() {
    unsigned char bytes[4];
    if (!std::cin.read(reinterpret_cast<char*>(bytes), sizeof bytes)) return {};
    return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

void write_length(std::uint32_t length) {
    for (int shift = 0; shift < 32; shift += 8) std::cout.put(static_cast<char>(length >> shift & 0xFF));
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    while (const auto length = read_length()) {
        std::string text(*length, '\0');
        if (!std::cin.read(text.data(), static_cast<std::streamsize>(text.size()))) return 1;
        const auto value = lark::json::parse(text);
        if (!value) {
            write_length(UINT32_MAX);
            continue;
        }
        const auto written = value->text();
        const auto again = lark::json::parse(written);
        if (!again || again->text() != written) {
            std::cerr << "text() is not read back as itself: " << written << '\n';
            return 1;
        }
        write_length(static_cast<std::uint32_t>(written.size()));
        std::cout.write(written.data(), static_cast<std::streamsize>(written.size()));
    }
    return std::cout.flush() ? 0 : 1;
}
