// SPDX-License-Identifier: MIT
// Fuzzes Retry-After: input is its value, a newline, and the value of Date.
#include "base/http_fields.hpp"
#include "registration/support/watched_flow.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono_literals;
    using lark::registration::testing::require;
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto line = input.find('\n');
    const std::string value{input.substr(0, line)};

    const auto alone = lark::base::retry_after({{"Retry-After", value}});
    const bool digits = !value.empty() && value.size() <= 8 &&
                        std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) require(alone == std::chrono::seconds{std::stol(value)}, "digits are seconds");
    if (alone)
        require(value.find_first_not_of("0123456789. \t") == std::string::npos, "without Date only seconds count");
    if (line == std::string_view::npos) return 0;

    const std::string date{input.substr(line + 1)};
    const auto both = lark::base::retry_after({{"Date", date}, {"Retry-After", value}});
    if (alone) require(both == alone, "seconds do not depend on Date");
    if (both) require(*both >= 0s && *both <= std::chrono::hours{24} * 3650, "0 s to ten years");
    if (both && !alone) {
        const auto swapped = lark::base::retry_after({{"Date", value}, {"Retry-After", date}});
        require(swapped.has_value() && (*both == 0s || *swapped == 0s), "one of two dates is the earlier");
    }
    return 0;
}
