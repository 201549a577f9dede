// SPDX-License-Identifier: MIT
#include "base/http_fields.hpp"

#include "base/text.hpp"

#include <array>
#include <cstddef>

namespace lark::base {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> day_names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t short_name = 3;

/// Takes a date off the front of a text, piece by piece. After a piece that is not there, `failed` holds.
struct scanner {
    std::string_view rest;
    bool failed = false;

    void literal(std::string_view text) noexcept {
        if (rest.substr(0, text.size()) != text) failed = true;
        else rest.remove_prefix(text.size());
    }
    unsigned digits(std::size_t count) noexcept {
        unsigned value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest.empty() || !is_digit(rest.front())) {
                failed = true;
                return 0;
            }
            value = value * 10 + static_cast<unsigned>(rest.front() - '0');
            rest.remove_prefix(1);
        }
        return value;
    }
    /// The index of the name that comes, each cut to `length`.
    template <std::size_t N>
    unsigned name(const std::array<std::string_view, N>& names, std::size_t length = std::string_view::npos) noexcept {
        for (std::size_t i = 0; i < N; ++i) {
            const auto wanted = names[i].substr(0, length);
            if (rest.substr(0, wanted.size()) != wanted) continue;
            rest.remove_prefix(wanted.size());
            return static_cast<unsigned>(i);
        }
        failed = true;
        return 0;
    }
};

struct fields {
    unsigned weekday = 0;
    unsigned day = 0;
    unsigned month = 0;  // from 0
    unsigned year = 0;
    bool short_year = false;  // of the last two digits only
    seconds time{};
};

void read_time(scanner& in, fields& out) noexcept {
    const auto hour = in.digits(2);
    in.literal(":");
    const auto minute = in.digits(2);
    in.literal(":");
    const auto second = in.digits(2);
    if (hour > 23 || minute > 59 || second > 60) in.failed = true;
    out.time = hours{hour} + minutes{minute} + seconds{second};
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
void read_imf(scanner& in, fields& out) noexcept {
    out.weekday = in.name(day_names, short_name);
    in.literal(", ");
    out.day = in.digits(2);
    in.literal(" ");
    out.month = in.name(month_names);
    in.literal(" ");
    out.year = in.digits(4);
    in.literal(" ");
    read_time(in, out);
    in.literal(" GMT");
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
void read_rfc850(scanner& in, fields& out) noexcept {
    out.weekday = in.name(day_names);
    in.literal(", ");
    out.day = in.digits(2);
    in.literal("-");
    out.month = in.name(month_names);
    in.literal("-");
    out.year = in.digits(2);
    out.short_year = true;
    in.literal(" ");
    read_time(in, out);
    in.literal(" GMT");
}

/// `Sun Nov  6 08:49:37 1994`
void read_asctime(scanner& in, fields& out) noexcept {
    out.weekday = in.name(day_names, short_name);
    in.literal(" ");
    out.month = in.name(month_names);
    in.literal(" ");
    const bool padded = in.rest.substr(0, 1) == " ";
    if (padded) in.literal(" ");
    out.day = in.digits(padded ? 1 : 2);
    in.literal(" ");
    read_time(in, out);
    in.literal(" ");
    out.year = in.digits(4);
}

std::optional<sys_seconds> in_year(const fields& f, int year_number) noexcept {
    const year_month_day date{year{year_number}, month{f.month + 1}, day{f.day}};
    if (!date.ok()) return {};
    const sys_days whole{date};
    if (weekday{whole}.c_encoding() != f.weekday) return {};
    return whole + f.time;
}

std::optional<sys_seconds> with_century(const fields& f, std::optional<sys_seconds> reference) noexcept {
    const int two_digits = static_cast<int>(f.year);
    if (!reference) {
        const auto recent = in_year(f, 2000 + two_digits);
        return recent ? recent : in_year(f, 1900 + two_digits);
    }
    // The latest year with these digits that is not more than 50 years ahead.
    const year_month_day today{floor<std::chrono::days>(*reference)};
    const int latest = static_cast<int>(today.year()) + 50;
    const int candidate = latest - (latest - two_digits) % 100;
    const bool too_far =
        candidate == latest && month_day{month{f.month + 1}, day{f.day}} > month_day{today.month(), today.day()};
    return in_year(f, too_far ? candidate - 100 : candidate);
}

}  // namespace

std::optional<sys_seconds> http_date(std::string_view text, std::optional<sys_seconds> reference) noexcept {
    for (auto* read : {read_imf, read_rfc850, read_asctime}) {
        scanner in{text};
        fields f;
        read(in, f);
        if (in.failed || !in.rest.empty()) continue;
        return f.short_year ? with_century(f, reference) : in_year(f, static_cast<int>(f.year));
    }
    return {};
}

}  // namespace lark::base
