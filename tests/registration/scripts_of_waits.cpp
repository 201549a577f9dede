// SPDX-License-Identifier: MIT
// protocol.md, section 3: waiting, back-off, Retry-After.
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

namespace lark::registration::testing {
namespace {

using namespace std::chrono_literals;
using enum transport_failure_kind;

const step poll = sends{action::poll};

steps fails_and_waits(std::chrono::seconds wait) {
    return {poll, fails{cut, ""}, reports{status::retrying, wait, "cut"}, waits{wait}};
}

/// Pending with this header, then exactly this wait.
steps asks_to_wait(std::vector<http_header> headers, duration wait) {
    return begin_done() +
           steps{poll, replies{pending, 200, std::move(headers)}, reports{status::polling, 5s}, waits{wait}} +
           succeeds();
}

const http_header date{"Date", "Sun, 06 Nov 1994 08:49:00 GMT"};

}  // namespace

std::vector<script> scripts_of_waits() {
    const auto long_life = begin_done(begun(R"(,"expires_in":3600,"interval":5)"), 3600s);
    const options quick_clock{.interval_margin = 1.1};
    return {
        {"3 waiting runs from the moment the reply is handled, never on a tick",
         {},
         begin_done() +
             steps{poll, passes{3s}, replies{pending}, reports{status::polling, 5s}, waits{5s}, poll, passes{14999ms},
                   replies{pending}, reports{status::polling, 5s}, waits{5s}} +
             succeeds()},
        {"3 and from the moment a failure is handled",
         {},
         begin_done() + steps{poll, passes{3s}, fails{cut, ""}, reports{status::retrying, 10s, "cut"}, waits{10s}} +
             succeeds()},
        {"3 a poll that waits for its turn does not shorten the next wait",
         {},
         begin_done() + polls_pending() + steps{passes{40s}} + polls_pending() + succeeds()},
        {"3 margin: fractions round up, reported intervals leave it out", quick_clock,
         begin_done() + is_pending(5s) + steps{waits{6s}} + is_pending(5s) + steps{waits{6s}} + succeeds()},
        {"3 margin: a whole product is not rounded up", quick_clock,
         begin_done(begun(R"(,"interval":10)")) + is_pending(10s) + steps{waits{11s}} + succeeds()},
        {"3 margin with slow_down", quick_clock,
         begin_done() + poll_gets(slow_down) + steps{reports{status::slow_down, 10s}, waits{11s}} + succeeds()},
        {"3 margin: it is not laid on Retry-After",
         {.interval_margin = 2},
         begin_done() +
             steps{poll, replies{pending, 200, {{"Retry-After", "17"}}}, reports{status::polling, 5s}, waits{17s}} +
             succeeds()},
        {"3 margin: 10", {.interval_margin = 10}, begin_done() + is_pending(5s) + steps{waits{50s}} + succeeds()},
        {"3 margin: the largest of the three counts, not the sum",
         {.interval_margin = 3},
         begin_done() +
             steps{poll, fails{cut, ""}, reports{status::retrying, 15s, "cut"}, waits{15s}, poll, fails{cut, ""},
                   reports{status::retrying, 20s, "cut"}, waits{20s}} +
             succeeds()},

        {"3 back-off: interval times 2^n up to 60 s",
         {},
         long_life + fails_and_waits(10s) + fails_and_waits(20s) + fails_and_waits(40s) + fails_and_waits(60s) +
             fails_and_waits(60s) + succeeds()},
        {"3 back-off: an interval over 60 s is the cap itself",
         {},
         begin_done(begun(R"(,"expires_in":3600,"interval":90)"), 3600s) + fails_and_waits(90s) + fails_and_waits(90s) +
             succeeds()},
        {"3 back-off: interval of 1",
         {},
         begin_done(begun(R"(,"interval":1)")) + fails_and_waits(2s) + fails_and_waits(4s) + fails_and_waits(8s) +
             fails_and_waits(16s) + fails_and_waits(32s) + fails_and_waits(60s) + succeeds()},
        {"3 back-off: pending ends the row",
         {},
         long_life + fails_and_waits(10s) + fails_and_waits(20s) + polls_pending() + fails_and_waits(10s) + succeeds()},
        {"3 back-off: slow_down ends the row",
         {},
         long_life + fails_and_waits(10s) + fails_and_waits(20s) + poll_gets(slow_down) +
             steps{reports{status::slow_down, 10s}, waits{10s}} + fails_and_waits(20s) + succeeds()},
        {"3 back-off: rule 4 ends the row",
         {},
         long_life + fails_and_waits(10s) + fails_and_waits(20s) + poll_gets("{}") + steps{waits{5s}} +
             fails_and_waits(10s) + succeeds()},
        {"3 back-off: what the start went through does not count",
         {},
         steps{sends{action::init}, fails{cut, ""}, reports{status::retrying, 1s, "cut"}, waits{1s}} + init_done() +
             steps{sends{action::begin}, fails{cut, ""}, reports{status::retrying, 1s, "cut"}, waits{1s},
                   sends{action::begin}, replies{begun()}, shows_link()} +
             fails_and_waits(10s) + succeeds()},
        {"3 back-off and interval are two numbers: the interval is not raised",
         {},
         long_life + fails_and_waits(10s) + fails_and_waits(20s) + polls_pending() + polls_pending() + succeeds()},

        {"3 Retry-After: seconds", {}, asks_to_wait({{"Retry-After", "17"}}, 17s)},
        {"3 Retry-After: in any case, trimmed", {}, asks_to_wait({{"rEtRy-AfTeR", " \t17 "}}, 17s)},
        {"3 Retry-After: smaller than the interval", {}, asks_to_wait({{"Retry-After", "2"}}, 5s)},
        {"3 Retry-After: fractions round up", {}, asks_to_wait({{"Retry-After", "16.01"}}, 17s)},
        {"3 Retry-After: zero", {}, asks_to_wait({{"Retry-After", "0"}}, 5s)},
        {"3 Retry-After: negative is no number of seconds", {}, asks_to_wait({{"Retry-After", "-17"}}, 5s)},
        {"3 Retry-After: garbage", {}, asks_to_wait({{"Retry-After", "soon"}}, 5s)},
        {"3 Retry-After: a date against the reply's own",
         {},
         asks_to_wait({date, {"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}, 37s)},
        {"3 Retry-After: a date without Date is ignored",
         {},
         asks_to_wait({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}, 5s)},
        {"3 Retry-After: a date in the past",
         {},
         asks_to_wait({date, {"Retry-After", "Sun, 06 Nov 1994 08:48:37 GMT"}}, 5s)},
        {"3 Retry-After: it is for this wait only",
         {},
         begin_done() +
             steps{poll, replies{pending, 200, {{"Retry-After", "17"}}}, reports{status::polling, 5s}, waits{17s}} +
             polls_pending() + succeeds()},
        {"3 Retry-After on slow_down",
         {},
         begin_done() +
             steps{poll, replies{slow_down, 429, {{"Retry-After", "30"}}}, reports{status::slow_down, 10s},
                   waits{30s}} +
             polls_pending(10s) + succeeds()},
        {"3 Retry-After on {}",
         {},
         begin_done() + steps{poll, replies{"{}", 200, {{"Retry-After", "30"}}}, waits{30s}} + succeeds()},
        {"3 Retry-After on 503 wins over a shorter back-off",
         {},
         begin_done() +
             steps{poll, replies{"", 503, {{"Retry-After", "30"}}}, reports{status::retrying, 30s, "HTTP 503"},
                   waits{30s}} +
             succeeds()},
        {"3 Retry-After on 503 loses against a longer back-off",
         {},
         begin_done() +
             steps{poll, replies{"", 503, {{"Retry-After", "7"}}}, reports{status::retrying, 10s, "HTTP 503"},
                   waits{10s}} +
             succeeds()},
        {"3 Retry-After: the deadline wins",
         {},
         begin_done() + steps{poll, replies{"", 503, {{"Retry-After", "100000000000000000000"}}},
                              reports{status::retrying, 599s, "HTTP 503"}, waits{599s},
                              sends{action::poll, host::feishu, 4s}, replies{credentials(), 200, {}, true},
                              ends_with_app()}},
        {"3 Retry-After on begin: the deadline wins",
         {},
         init_done() + steps{sends{action::begin}, replies{begun(), 200, {{"Retry-After", "9999"}}}, shows_link(),
                             waits{599s}, sends{action::poll, host::feishu, 4s}, replies{credentials(), 200, {}, true},
                             ends_with_app()}},
        {"3 Retry-After does not matter to an end",
         {},
         begin_done() + steps{poll, replies{credentials(), 200, {{"Retry-After", "30"}}, true}, ends_with_app()}},
    };
}

}  // namespace lark::registration::testing
