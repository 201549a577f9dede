// SPDX-License-Identifier: MIT
#include "wire/keep_alive.hpp"

#include <Poco/String.h>

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace lark::poco::detail {
namespace {

/// The number in `timeout=5` or `timeout="5"`. A number that is too large for the type is as good as no limit.
std::optional<std::chrono::seconds> timeout_of(const std::string& parameter) {
    const auto equals = parameter.find('=');
    if (equals == std::string::npos || Poco::icompare(Poco::trim(parameter.substr(0, equals)), "timeout") != 0)
        return {};
    auto value = Poco::trim(parameter.substr(equals + 1));
    if (value.size() > 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    unsigned number = 0;
    const auto* end = value.data() + value.size();
    const auto [at, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc{} || at != end) return {};
    return std::chrono::seconds{number};
}

}  // namespace

std::optional<std::chrono::seconds> keep_alive_timeout(const std::vector<http_header>& headers) {
    std::optional<std::chrono::seconds> shortest;
    for (const auto& header : headers) {
        if (Poco::icompare(header.name, "Keep-Alive") != 0) continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            const auto timeout = timeout_of(std::string{rest.substr(0, comma)});
            if (timeout && (!shortest || *timeout < *shortest)) shortest = timeout;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return shortest;
}

}  // namespace lark::poco::detail
