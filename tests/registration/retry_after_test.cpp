// SPDX-License-Identifier: MIT
// protocol.md, section 3: Retry-After counts as seconds, or as a date measured against the reply's own.
#include "base/http_fields.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using std::string;
using answer = std::optional<std::chrono::seconds>;

namespace {

answer of(const string& value) { return lark::base::retry_after({{"Retry-After", value}}); }
answer of(const string& value, const string& date) {
    return lark::base::retry_after({{"Date", date}, {"Retry-After", value}});
}

constexpr auto now = "Sun, 06 Nov 1994 08:49:37 GMT";

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_after)

BOOST_AUTO_TEST_CASE(seconds) {
    BOOST_TEST((of("0") == 0s));
    BOOST_TEST((of("120") == 120s));
    BOOST_TEST((of(" \t120\t ") == 120s));
    BOOST_TEST((of("007") == 7s));
    BOOST_TEST((of("1.0") == 1s));
    BOOST_TEST((of("1.0001") == 2s));
    BOOST_TEST((of("0.5") == 1s));
    const auto ten_years = 10 * 365 * 24h;
    BOOST_TEST((of("315360000") == ten_years));
    BOOST_TEST((of("315360001") == ten_years));
    BOOST_TEST((of("99999999999999999999999") == ten_years));
    BOOST_TEST((of(string(500, '9')) == ten_years));
    // A number that underflows a double is a fraction like any other.
    BOOST_TEST((of("0." + string(400, '0') + '1') == 1s));
    BOOST_TEST((of("7." + string(400, '0') + '1') == 8s));
    BOOST_TEST((of("0." + string(400, '0')) == 0s));
    BOOST_TEST((of(string(400, '0') + "7") == 7s));
    BOOST_TEST((of("9223372036854775807") == ten_years));
    BOOST_TEST((of("9223372036854775808") == ten_years));
    BOOST_TEST((of("315359999.5") == ten_years));
    BOOST_TEST((of(".5") == 1s));
    BOOST_TEST((of("5.") == 5s));
}

BOOST_AUTO_TEST_CASE(no_retry_after) {
    for (const string odd : {"", " ", "-1", "+1", "1e3", "1,5", "0x10", "1 2", "1..2", "1.2.3", ".", "soon", "inf",
                             "nan", "1s", "\xD9\xA1", "Sun", ","})
        BOOST_TEST((of(odd, now) == std::nullopt), odd);
    BOOST_TEST((lark::base::retry_after({}) == std::nullopt));
    BOOST_TEST((lark::base::retry_after({{"Retry-Afte", "1"}, {"X-Retry-After", "1"}}) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(the_name_in_any_case_and_the_largest_of_several) {
    BOOST_TEST((lark::base::retry_after({{"RETRY-after", "5"}}) == 5s));
    BOOST_TEST((lark::base::retry_after(
                    {{"retry-after", "5"}, {"Retry-After", "9"}, {"Retry-After", "7"}, {"Retry-After", "x"}}) == 9s));
}

// RFC 9110, 5.6.7: the three forms of one moment.
BOOST_AUTO_TEST_CASE(dates) {
    const string forms[] = {"Sun, 06 Nov 1994 08:50:07 GMT", "Sunday, 06-Nov-94 08:50:07 GMT",
                            "Sun Nov  6 08:50:07 1994"};
    const string nows[] = {now, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
    for (const auto& then : forms)
        for (const auto& date : nows) BOOST_TEST((of(then, date) == 30s), then << " against " << date);
    for (const auto& then :
         {"Wed, 16 Nov 1994 08:49:37 GMT", "Wednesday, 16-Nov-94 08:49:37 GMT", "Wed Nov 16 08:49:37 1994"})
        BOOST_TEST((of(then, now) == 10 * 24h), then);
    BOOST_TEST((of("Mon, 23 Nov 2026 02:00:01 GMT", "Monday, 23-Nov-26 02:00:00 GMT") == 1s));
    BOOST_TEST((of(now, now) == 0s));
    BOOST_TEST((of("Sun, 06 Nov 1994 08:49:36 GMT", now) == 0s));
    BOOST_TEST((of("Fri, 31 Dec 9999 23:59:59 GMT", now) == 10 * 365 * 24h));
    BOOST_TEST((of("Thu, 29 Feb 1996 00:00:00 GMT", "Wed, 28 Feb 1996 23:59:59 GMT") == 1s));
}

// RFC 9110, 5.6.7: more than 50 years ahead is the most recent year in the past with the same digits.
BOOST_AUTO_TEST_CASE(two_digits_of_a_year) {
    BOOST_TEST((of("Tuesday, 01-Jan-69 00:00:01 GMT", "Mon, 31 Dec 2068 23:59:59 GMT") == 2s));
    BOOST_TEST((of("Thursday, 01-Jan-70 00:00:00 GMT", "Mon, 31 Dec 2068 23:59:59 GMT") == std::nullopt));  // in 1970
    BOOST_TEST((of("Wednesday, 01-Jan-70 00:00:00 GMT", "Tue, 31 Dec 2069 23:59:59 GMT") == 1s));
    BOOST_TEST((of("Friday, 27-Nov-76 00:00:00 GMT", "Fri, 27 Nov 2026 00:00:00 GMT") == 10 * 365 * 24h));
    BOOST_TEST((of("Sunday, 28-Nov-76 00:00:00 GMT", "Fri, 27 Nov 2026 00:00:00 GMT") == 0s));  // in 1976
    BOOST_TEST((of("Sunday, 06-Nov-94 08:49:37 GMT", "Fri, 27 Nov 2026 00:00:00 GMT") == 0s));
    BOOST_TEST((of("Saturday, 01-Jan-00 00:00:00 GMT", "Fri, 31 Dec 1999 23:59:59 GMT") == 1s));
    BOOST_TEST((of("Saturday, 01-Jan-00 00:00:00 GMT", "Friday, 31-Dec-99 23:59:59 GMT") == 1s));
    BOOST_TEST((of("Tuesday, 01-Jan-69 00:00:01 GMT", "Monday, 31-Dec-68 23:59:59 GMT") == 2s));
    BOOST_TEST((of("Wednesday, 01-Jan-69 00:00:01 GMT", "Tuesday, 31-Dec-68 23:59:59 GMT") == 2s));  // 1968
}

BOOST_AUTO_TEST_CASE(leap_seconds) {
    BOOST_TEST((of("Sat, 31 Dec 2016 23:59:60 GMT", "Sat, 31 Dec 2016 23:59:59 GMT") == 1s));
    BOOST_TEST((of("Sun, 01 Jan 2017 00:00:05 GMT", "Sat, 31 Dec 2016 23:59:60 GMT") == 5s));
    BOOST_TEST((of("Saturday, 31-Dec-16 23:59:60 GMT", "Sat Dec 31 23:59:58 2016") == 2s));
    BOOST_TEST((of("Sat, 31 Dec 2016 23:59:61 GMT", "Sat, 31 Dec 2016 23:59:59 GMT") == std::nullopt));
}

BOOST_AUTO_TEST_CASE(the_reset_of_the_platforms_rate_limit) {
    const auto reset = [](const string& value) {
        return lark::base::rate_limit_reset({{"X-Ogw-RateLimit-Reset", value}});
    };
    BOOST_TEST((reset("7") == 7s));
    BOOST_TEST((reset("0.2") == 200ms));
    BOOST_TEST((reset("0.2000000001") == 201ms));
    for (const string odd : {"", "-1", "1e3", "soon", "Sun, 06 Nov 1994 08:50:07 GMT"})
        BOOST_TEST((reset(odd) == std::nullopt), odd);
    BOOST_TEST((lark::base::rate_limit_reset({{"Retry-After", "7"}}) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_date_without_a_date_is_ignored) {
    BOOST_TEST((of("Sun, 06 Nov 1994 08:50:07 GMT") == std::nullopt));
    BOOST_TEST((of("Sun, 06 Nov 1994 08:50:07 GMT", "yesterday") == std::nullopt));
    BOOST_TEST((of("Sun, 06 Nov 1994 08:50:07 GMT", "") == std::nullopt));
    BOOST_TEST((of("7", "yesterday") == 7s));
}

BOOST_AUTO_TEST_CASE(dates_that_are_none) {
    for (const string odd :
         {"Sun, 06 Nov 1994 08:50:07", "Sun, 06 Nov 1994 08:50:07 CET", "Sun, 06 Nov 1994 08:50:07 +0000",
          "Mon, 06 Nov 1994 08:50:07 GMT", "Sun, 31 Feb 1994 08:50:07 GMT", "Sun, 06 Nov 1994 25:50:07 GMT",
          "Sun, 06 Nov 1994 08:61:07 GMT", "06 Nov 1994 08:50:07 GMT", "1994-11-06T08:50:07Z",
          "Sun, 6 Nov 1994 08:50:07 GMT", "sun, 06 nov 1994 08:50:07 gmt", "Sun, 06 Nov 1994 08:50:07 GMT GMT",
          "Sun, 06 Nov 1994 08:50:07 GMTx", "Sun, 06 Nov 99999 08:50:07 GMT", "Sun, 99 Nov 1994 08:50:07 GMT",
          "Sun, 06 Xyz 1994 08:50:07 GMT", "Sun, 06 Nov -1994 08:50:07 GMT"})
        BOOST_TEST((of(odd, now) == std::nullopt), odd);
    BOOST_TEST((of(string(100'000, 'S'), now) == std::nullopt));
}

BOOST_AUTO_TEST_SUITE_END()
