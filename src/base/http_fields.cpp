// SPDX-License-Identifier: MIT
#include "base/http_fields.hpp"

#include "base/redact.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lark::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Enough for every use, and far from any overflow.
constexpr seconds longest_wait{10LL * 365 * 24 * 3600};

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits with at most one point among them. Rounded up. Not read as a double: one that underflows must not look like
/// one that overflows.
std::optional<milliseconds> as_milliseconds(std::string_view text) noexcept {
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
    const auto point = text.find('.');
    const auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    const auto whole = text.substr(0, point);
    if (whole.empty() && fraction.empty()) return {};
    if (fraction.find('.') != std::string_view::npos) return {};

    seconds::rep value = 0;
    if (std::from_chars(whole.data(), whole.data() + whole.size(), value).ec == std::errc::result_out_of_range)
        return longest_wait;
    milliseconds wait = std::min(seconds{value}, longest_wait);
    int unit = 100;
    for (const char digit : fraction.substr(0, 3)) {
        wait += milliseconds{(digit - '0') * unit};
        unit /= 10;
    }
    if (fraction.find_first_not_of('0', 3) != std::string_view::npos) wait += milliseconds{1};
    return std::min<milliseconds>(wait, longest_wait);
}

}  // namespace

std::optional<seconds> retry_after(const std::vector<http_header>& headers) noexcept {
    std::optional<seconds> result;
    for (const auto& header : headers) {
        if (!equals_ignoring_case(header.name, "retry-after")) continue;
        const auto text = trimmed(header.value);
        seconds wait{};
        if (const auto given = as_milliseconds(text)) {
            wait = std::chrono::ceil<seconds>(*given);
        } else {
            const auto date = find_header(headers, "date");
            const auto now = date ? http_date(trimmed(*date)) : std::nullopt;
            const auto then = now ? http_date(text, now) : std::nullopt;
            if (!then) continue;
            wait = std::clamp(seconds{*then - *now}, seconds{0}, longest_wait);
        }
        result = std::max(result.value_or(seconds{0}), wait);
    }
    return result;
}

std::optional<milliseconds> rate_limit_reset(const std::vector<http_header>& headers) noexcept {
    const auto text = find_header(headers, "x-ogw-ratelimit-reset");
    return text ? as_milliseconds(trimmed(*text)) : std::nullopt;
}

registration::log_id log_id_in(const std::vector<http_header>& headers,
                               std::initializer_list<std::string_view> secrets) {
    for (const auto* name : {"X-Tt-Logid", "X-Request-Id"}) {
        const auto text = find_header(headers, name);
        if (!text || quotes(*text, secrets)) continue;
        if (auto id = registration::log_id::parse(*text)) return std::move(*id);
    }
    return {};
}

}  // namespace lark::base
