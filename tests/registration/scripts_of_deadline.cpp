// protocol.md, section 4: deadline, timeouts, cancel.
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

namespace lark::registration::testing {
namespace {

using namespace std::chrono_literals;
using enum transport_failure_kind;
using enum failure_kind;

const step poll = sends{action::poll};
const step cancelled = ends_with(other, "abort", "cancelled", true);

/// A code of 20 s: L = 19 s, D = 20 s. The first poll went out at 0 s.
const steps of_20 = begin_done(begun(R"(,"expires_in":20,"interval":8)"), 20s);
/// 8 s between polls: 0, 8, 16, and the last one, at 19 s, is out; it may take 4 s.
const steps last_poll_of_20 = of_20 + polls_pending(8s) + steps{sends{action::poll, host::feishu, 15s}, replies{pending}, tells{status::polling, 8s}, waits{8s}, sends{action::poll, host::feishu, 7s}, replies{pending}, tells{status::polling, 8s}, waits{3s},
                                                     sends{action::poll, host::feishu, 4s}};
const step gets_app = replies{credentials(), 200, {}, true};

}  // namespace

std::vector<script> scripts_of_deadline() {
    const auto gone = ends_expired_here(20);
    return {
        {"4 the last poll goes out at L, and its credentials count", {}, last_poll_of_20 + steps{gets_app, ends_with_app()}},
        {"4 the last poll: pending means silence until D", {}, last_poll_of_20 + steps{replies{pending}, waits{1s}, gone}},
        {"4 the last poll: slow_down means silence until D", {}, last_poll_of_20 + steps{replies{slow_down}, waits{1s}, gone}},
        {"4 the last poll: {} means silence until D", {}, last_poll_of_20 + steps{replies{"{}"}, waits{1s}, gone}},
        {"4 the last poll: a failure means silence until D", {}, last_poll_of_20 + steps{fails{cut, "x"}, waits{1s}, ends_expired_here(20, "cut: x")}},
        {"4 the last poll: 503 means silence until D", {}, last_poll_of_20 + steps{replies{"", 503, {{"Retry-After", "1"}}}, waits{1s}, ends_expired_here(20, "HTTP 503")}},
        {"4 the last poll: the service's denial", {}, last_poll_of_20 + steps{replies{error_body("access_denied")}, ends_with(access_denied, "access_denied", "about access_denied", false)}},
        {"4 the last poll: the service's expiry, told apart by the flag", {}, last_poll_of_20 + steps{replies{error_body("expired_token")}, ends_with(expired, "expired_token", "about expired_token", false)}},
        {"4 the last poll: any other error", {}, last_poll_of_20 + steps{replies{error_body("x")}, ends_with(other, "x", "about x", false)}},
        {"4 the last poll: a switch gets one more, under the same limit", {}, last_poll_of_20 + steps{passes{500ms}, replies{'{' + lark_user + '}'}, tells{status::domain_switched, 8s}, sends{action::poll, host::lark, 3500ms}, gets_app, ends_with_app()}},
        {"4 the last poll: a switch after D too", {}, last_poll_of_20 + steps{passes{3500ms}, replies{'{' + lark_user + '}'}, tells{status::domain_switched, 8s}, sends{action::poll, host::lark, 500ms}, gets_app, ends_with_app()}},
        {"4 the last poll: after the switch pending means silence", {}, last_poll_of_20 + steps{replies{'{' + lark_user + '}'}, tells{status::domain_switched, 8s}, sends{action::poll, host::lark, 4s}, replies{pending}, waits{1s}, gone}},
        {"4 the last poll: after the switch and D pending means expiry", {}, last_poll_of_20 + steps{replies{'{' + lark_user + '}'}, tells{status::domain_switched, 8s}, sends{action::poll, host::lark, 4s}, passes{2s}, replies{pending}, gone}},
        {"4 the last poll: after the switch a failure means silence", {}, last_poll_of_20 + steps{replies{'{' + lark_user + '}'}, tells{status::domain_switched, 8s}, sends{action::poll, host::lark, 4s}, fails{cut, ""}, waits{1s}, ends_expired_here(20, "cut")}},
        {"4 the last poll: after the switch silence is given up at the same limit", {}, last_poll_of_20 + steps{passes{1s}, replies{'{' + lark_user + '}'}, tells{status::domain_switched, 8s}, sends{action::poll, host::lark, 3s}, waits{3s}, abandons{},
         ends_expired_here(20, "timeout: no reply within 3 s")}},
        {"4 a request in flight at D gets 3 s more, then expiry is told", {}, last_poll_of_20 + steps{waits{4s}, abandons{}, ends_expired_here(20, "timeout: no reply within 4 s")}},
        {"4 a request in flight at D: its credentials count", {}, last_poll_of_20 + steps{passes{3999ms}, hears_time{}, gets_app, ends_with_app()}},
        {"4 a request in flight at D: pending after D is expiry at once", {}, last_poll_of_20 + steps{passes{2s}, hears_time{}, replies{pending}, gone}},
        {"4 a reply to the outstanding request is read however late", {}, last_poll_of_20 + steps{passes{24h}, gets_app, ends_with_app()}},
        {"4 however late: init, begin and polls", {}, {sends{action::init}, passes{20s}, replies{init_ok}, sends{action::begin, host::feishu, 10s}, passes{12s}, replies{begun()}, shows_link(), poll, passes{16s}, replies{pending}, tells{status::polling, 5s}, waits{5s}, poll,
         passes{17s}, gets_app, ends_with_app()}},
        {"4 the grace is an option", {.expiry_grace = 500ms}, of_20 + steps{passes{18s}, sends{action::poll, host::feishu, 2500ms}, waits{2500ms}, abandons{}, ends_expired_here(20, "timeout: no reply within 2500 ms")}},
        {"4 a request that times out between L and D is the last", {}, of_20 + steps{passes{18s}, sends{action::poll, host::feishu, 5s}, passes{1s}, fails{cut, ""}, waits{1s}, ends_expired_here(20, "cut")}},
        {"4 a reply handled at L belongs to the last poll", {}, of_20 + steps{passes{18s}, sends{action::poll, host::feishu, 5s}, passes{1s}, replies{pending}, waits{1s}, gone}},
        {"4 a reply handled just before L does not", {}, of_20 + steps{passes{18s}, sends{action::poll, host::feishu, 5s}, passes{999ms}, replies{pending}, tells{status::polling, 8s}, waits{1ms}, sends{action::poll, host::feishu, 4s}, gets_app, ends_with_app()}},
        {"4 a failure handled just before L does not", {}, of_20 + steps{passes{18s}, sends{action::poll, host::feishu, 5s}, passes{999ms}, fails{cut, ""}, tells{status::retrying, 1s, "cut"}, waits{1ms}, sends{action::poll, host::feishu, 4s}, gets_app, ends_with_app()}},
        {"4 a switch just before L, with a Retry-After beyond it", {}, of_20 + steps{passes{18s}, sends{action::poll, host::feishu, 5s}, replies{'{' + lark_user + '}', 200, {{"Retry-After", "60"}}}, tells{status::domain_switched, 8s}, waits{1s},
         sends{action::poll, host::lark, 4s}, gets_app, ends_with_app()}},
        {"4 L is a tenth of a short lifetime before D", {}, begin_done(begun(R"(,"expires_in":4)"), 4s) + steps{sends{action::poll, host::feishu, 7s}, replies{pending}, tells{status::polling, 5s}, waits{3600ms}, sends{action::poll, host::feishu, 3400ms}, replies{pending}, waits{400ms}, ends_expired_here(4)}},
        {"4 L, with a lifetime of 1 s", {}, begin_done(begun(R"(,"expires_in":1)"), 1s) + steps{sends{action::poll, host::feishu, 4s}, replies{pending}, tells{status::polling, 5s}, waits{900ms}, sends{action::poll, host::feishu, 3100ms}, replies{pending}, waits{100ms}, ends_expired_here(1)}},
        {"4 L is 1 s before D otherwise", {}, begin_done(begun(R"(,"expires_in":86400,"interval":300)"), 86400s) + steps{poll, replies{pending, 200, {{"Retry-After", "86390"}}}, tells{status::polling, 300s}, waits{86390s}, sends{action::poll, host::feishu, 13s}, replies{pending},
         tells{status::polling, 300s}, waits{9s}, sends{action::poll, host::feishu, 4s}, replies{pending}, waits{1s}, ends_expired_here(86400)}},
        {"4 woken for the first time after D: one poll still goes out, with 3 s", {}, of_20 + is_pending(8s) + steps{passes{24h}, hears_time{}, sends{action::poll, host::feishu, 3s}, gets_app, ends_with_app()}},
        {"4 woken after D: pending is expiry", {}, of_20 + is_pending(8s) + steps{passes{24h}, hears_time{}, sends{action::poll, host::feishu, 3s}, replies{pending}, gone}},
        {"4 woken after D: a switch gets one more", {}, of_20 + is_pending(8s) + steps{passes{24h}, hears_time{}, sends{action::poll, host::feishu, 3s}, passes{1s}, replies{'{' + lark_user + '}'}, tells{status::domain_switched, 8s}, sends{action::poll, host::lark, 2s}, gets_app, ends_with_app()}},
        {"4 woken after D: silence for 3 s", {}, of_20 + is_pending(8s) + steps{passes{24h}, hears_time{}, sends{action::poll, host::feishu, 3s}, waits{3s}, abandons{}, ends_expired_here(20, "timeout: no reply within 3 s")}},
        {"4 woken after D with a request out that ended before L: the last poll is still owed", {}, of_20 + steps{poll, passes{24h}, hears_time{}, tells{status::retrying, 0s, "timeout: no reply within 15 s"}, abandons{},
         sends{action::poll, host::feishu, 3s}, gets_app, ends_with_app()}},
        {"4 woken after D with the last poll out: expiry", {}, last_poll_of_20 + steps{passes{24h}, hears_time{}, abandons{}, ends_expired_here(20, "timeout: no reply within 4 s")}},
        {"4 woken after D in the silence: expiry", {}, last_poll_of_20 + steps{replies{pending}, passes{24h}, hears_time{}, gone}},
        {"4 a poll that waits for its turn beyond D still gets its 3 s", {}, of_20 + polls_pending(8s) + steps{passes{1h}, sends{action::poll, host::feishu, 3s}, gets_app, ends_with_app()}},
        {"4 after a jump of time exactly one poll is due", {}, begin_done() + is_pending() + steps{passes{100s}, hears_time{}, poll, hears_time{}, replies{pending}, tells{status::polling, 5s}, waits{5s}} + succeeds()},
        {"4 a now that goes back is read as the latest seen", {}, begin_done() + steps{poll, passes{10s}, hears_time{}, passes{-8s}, replies{pending}, tells{status::polling, 5s}, awaits{13s}, passes{13s}, hears_time{}} + succeeds()},
        {"4 hearing the time early does no harm", {}, {hears_time{}, sends{action::init}, hears_time{}, replies{init_ok}, hears_time{}, sends{action::begin}, replies{begun()}, hears_time{}, shows_link(), hears_time{}, poll, replies{pending}, hears_time{}, tells{status::polling, 5s},
         hears_time{}, waits{5s}, hears_time{}, poll, gets_app, hears_time{}, ends_with_app()}},

        {"4 cancel before all", {}, {cancels{}, cancelled, cancels{}, cancelled}},
        {"4 cancel with init out", {}, {sends{action::init}, cancels{}, abandons{}, cancelled}},
        {"4 cancel while init waits", {}, {sends{action::init}, fails{cut, ""}, cancels{}, cancelled}},
        {"4 cancel with begin out", {}, init_done() + steps{sends{action::begin}, cancels{}, abandons{}, cancelled}},
        {"4 cancel before the link was taken: it is not shown", {}, init_done() + steps{sends{action::begin}, replies{begun()}, cancels{}, cancelled}},
        {"4 cancel before the first poll", {}, begin_done() + steps{cancels{}, cancelled}},
        {"4 cancel with a poll out", {}, begin_done() + steps{poll, cancels{}, abandons{}, cancelled, cancels{}, cancelled}},
        {"4 cancel before a status was taken: it is not told", {}, begin_done() + poll_gets(pending) + steps{cancels{}, cancelled}},
        {"4 cancel between polls", {}, begin_done() + is_pending() + steps{cancels{}, cancelled, passes{24h}, hears_time{}, cancelled}},
        {"4 cancel before an abandoned request was taken: it is told all the same", {}, begin_done() + steps{poll, waits{15s}, cancels{}, abandons{}, ends_with(other, "abort", "cancelled", true, "timeout: no reply within 15 s")}},
        {"4 cancel in the silence", {}, last_poll_of_20 + steps{replies{pending}, cancels{}, cancelled}},
        {"4 an outcome that is set stands: an app", {}, begin_done() + succeeds() + steps{cancels{}, ends_with_app(), passes{24h}, hears_time{}, ends_with_app()}},
        {"4 an outcome that is set stands: an app that was not read yet", {}, begin_done() + steps{poll, gets_app, cancels{}, ends_with_app()}},
        {"4 an outcome that is set stands: a denial", {}, begin_done() + poll_gets(error_body("access_denied")) + steps{cancels{}, ends_with(access_denied, "access_denied", "about access_denied", false)}},
    };
}

}  // namespace lark::registration::testing
