#include "base/retry_after.hpp"

#include "base/url.hpp"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/DateTimeParser.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace lark::base {
namespace {

using std::chrono::seconds;

/// Enough for every use, and far from any overflow.
constexpr seconds longest{10LL * 365 * 24 * 3600};

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<seconds> as_seconds(std::string_view text) noexcept {
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size()) return {};
    if (error == std::errc::result_out_of_range || value >= static_cast<double>(longest.count())) return longest;
    return seconds{static_cast<seconds::rep>(std::ceil(value))};
}

/// RFC 9110, 5.6.7 wants two digits for the day; Poco's own RFC850_FORMAT writes one where it can.
const std::string rfc850_form = "%W, %d-%b-%y %H:%M:%S %Z";

/// A date in one of the three forms of RFC 9110, 5.6.7. Poco's parser takes much more than these, so what it read is
/// written again and compared.
std::optional<Poco::Timestamp> as_date(std::string_view text) {
    constexpr std::size_t longest_form = 40;
    if (text.size() > longest_form) return {};
    const std::string date{text};
    for (const auto* form : {&Poco::DateTimeFormat::HTTP_FORMAT, &rfc850_form, &Poco::DateTimeFormat::ASCTIME_FORMAT}) {
        Poco::DateTime value{Poco::Timestamp{0}};  // not the default constructor: that one reads the clock
        int zone = 0;
        if (!Poco::DateTimeParser::tryParse(*form, date, value, zone)) continue;
        const bool same = Poco::DateTimeFormatter::format(value, *form) == date;
        if (same) return value.timestamp();
    }
    return {};
}

}  // namespace

std::optional<seconds> retry_after(const std::vector<http_header>& headers) {
    std::optional<seconds> result;
    for (const auto& header : headers) {
        if (!equals_ignoring_case(header.name, "retry-after")) continue;
        const auto text = trimmed(header.value);
        auto wait = as_seconds(text);
        if (!wait) {
            const auto then = as_date(text);
            const auto date = find_header(headers, "date");
            const auto now = then && date ? as_date(trimmed(*date)) : std::nullopt;
            if (!now) continue;
            const auto difference = (*then - *now) / Poco::Timestamp::resolution();
            wait = std::clamp(seconds{difference}, seconds{0}, longest);
        }
        result = std::max(result.value_or(seconds{0}), *wait);
    }
    return result;
}

}  // namespace lark::base
