// SPDX-License-Identifier: MIT
// protocol.md, section 9: the text of a snapshot, its views, refusals, and clocks that differ.
#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

#include <lark/registration/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <type_traits>

using namespace lark;
using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;
using std::string;
using std::chrono::system_clock;

namespace {

constexpr time_point start = from_origin(1h);
const system_clock::time_point wall{1'790'000'000s};

template <class Output>
Output next(flow& f, time_point now) {
    const auto out = f.poll_output(now);
    BOOST_REQUIRE(std::holds_alternative<Output>(out));
    return std::get<Output>(out);
}

void answer_next(flow& f, const http_response& response, time_point now = start) {
    const auto id = next<send_request>(f, now).request_id;
    BOOST_REQUIRE((f.handle_response(id, now, response) == accepted::yes));
}

/// The link has been taken, and the first poll is due.
flow begun_flow(const options& opts = {}, const string& reply = begun()) {
    flow f{opts};
    answer_next(f, {200, {}, init_ok});
    answer_next(f, {200, {}, reply});
    static_cast<void>(next<qr_code_ready>(f, start));
    return f;
}

/// 10 s after the link: one poll was answered 2 s ago, so that the next is due in 3 s.
flow polled_flow(const options& opts = {}) {
    auto f = begun_flow(opts);
    answer_next(f, {400, {}, pending}, start + 8s);
    static_cast<void>(next<status_changed>(f, start + 8s));
    return f;
}
constexpr time_point ten = start + 10s;
const system_clock::time_point wall_at_ten = wall + 10s;

snapshot saved(const flow& f, time_point now = ten, system_clock::time_point at = wall_at_ten,
               after_save then = after_save::stops) {
    return f.save({now, at}, then).value();
}

/// When the first poll of the flow made of it is due, from the time at which it is made; nothing if there is none to
/// come.
std::optional<duration> first_poll_in(const snapshot& from, system_clock::time_point at) {
    const auto now = from_origin(50h);
    flow f{from, {now, at}};
    static_cast<void>(next<qr_code_ready>(f, now));
    if (f.state_name() == "expiring") return {};
    if (f.wants_to_send()) return duration{0};
    return next<wait_until>(f, now).deadline - now;
}

duration left_of(const snapshot& from, system_clock::time_point at) {
    const auto now = from_origin(50h);
    flow f{from, {now, at}};
    return next<qr_code_ready>(f, now).expires_at - now;
}

/// The text with one piece of it replaced.
secret with(const snapshot& s, const string& what, const string& by) {
    auto text = s.text().reveal();
    const auto at = text.find(what);
    BOOST_REQUIRE_MESSAGE(at != string::npos, what);
    return secret{text.replace(at, what.size(), by)};
}

string refusal_of(const secret& text, snapshot_error::reason why = snapshot_error::reason::malformed) {
    try {
        static_cast<void>(snapshot::parse(text));
    } catch (const snapshot_error& e) {
        BOOST_TEST((e.why() == why));
        BOOST_TEST(string{e.what()}.find(mark) == string::npos);
        return e.what();
    }
    BOOST_ERROR("it was read");
    return {};
}

string file(const string& name) {
    std::ifstream in{SNAPSHOT_FILES "/" + name, std::ios::binary};
    string text{std::istreambuf_iterator<char>{in}, {}};
    BOOST_REQUIRE_MESSAGE(text.ends_with('\n'), name);
    text.pop_back();
    return text;
}

template <class T>
constexpr bool can_be_printed = requires(std::ostream& out, const T& value) {
    out << value;
};
static_assert(!can_be_printed<snapshot> && !can_be_printed<public_view>);
static_assert(!std::is_convertible_v<snapshot, string> && !std::is_default_constructible_v<snapshot>);

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshots)

BOOST_AUTO_TEST_CASE(the_text_of_version_1) {
    BOOST_TEST(saved(polled_flow()).text().reveal() == file("v1-polling.json"));
    BOOST_TEST(saved(polled_flow(), ten, wall_at_ten, after_save::goes_on).text().reveal() == file("v1-going-on.json"));
}

// A flow keeps the device code in its escaped form alone.
BOOST_AUTO_TEST_CASE(any_device_code_is_saved_as_it_came) {
    for (const string code : {"short", "a+b c%2Fd%zz%", "!#$&'()*,-./:;<=>?@[]^_`{|}~", "caf\u00e9 \u98de\u4e66"}) {
        const auto f = begun_flow({}, begun(R"(,"device_code":")" + code + '"'));
        const auto text = saved(f).text().reveal();
        BOOST_TEST(text.find("\"device_code\":\"" + code + '"') != string::npos);
        BOOST_TEST(saved(flow{saved(f), {ten, wall_at_ten}}).text().reveal().find(code) != string::npos);
    }
}

BOOST_AUTO_TEST_CASE(version_1_is_read_for_ever) {
    for (const auto* name :
         {"v1-polling.json", "v1-going-on.json", "v1-expiring.json", "v1-at-lark.json", "v1-user-fields.json"}) {
        const auto text = file(name);
        BOOST_TEST(snapshot::parse(secret{text}).text().reveal() == text);
    }
    const auto expiring = snapshot::parse(secret{file("v1-expiring.json")});
    BOOST_TEST((expiring.view().state == snapshot_state::expiring));
    BOOST_TEST(!first_poll_in(expiring, wall));
    const auto lark = snapshot::parse(secret{file("v1-at-lark.json")});
    BOOST_TEST(lark.view().at_lark);
    flow f{lark, {start, wall_at_ten}};
    static_cast<void>(next<qr_code_ready>(f, start));
    f.handle_time(start + 5s);
    BOOST_TEST(next<send_request>(f, start + 5s).url == "https://accounts.larksuite.com/oauth/v1/app/registration");
}

BOOST_AUTO_TEST_CASE(the_view_has_the_link_only_where_asked_for) {
    const auto s = saved(polled_flow());
    const auto v = s.view();
    BOOST_TEST((v.state == snapshot_state::polling));
    BOOST_TEST(to_string(v.state) == "polling");
    BOOST_TEST(!v.at_lark);
    BOOST_TEST((v.expires_at == wall + 600s));
    BOOST_TEST((v.next_poll_at == wall + 13s));
    BOOST_TEST((v.interval == 5s));
    BOOST_TEST(v.polls == 1u);
    BOOST_TEST(v.last_error.empty());
    BOOST_TEST((v.link + v.user_code + v.verification_uri).empty());
    const auto shown = s.view(view_of_link::shown);
    BOOST_TEST(shown.link == link_for_user);
    BOOST_TEST(shown.user_code == user_code);
    BOOST_TEST(shown.verification_uri == plain_uri);
    BOOST_TEST((shown.link + shown.last_error).find(device_code) == string::npos);
}

BOOST_AUTO_TEST_CASE(the_reason_in_a_view_holds_no_secret) {
    auto f = polled_flow();
    f.handle_time(start + 13s);
    const auto id = next<send_request>(f, start + 13s).request_id;
    f.handle_failure(id, start + 13s, {transport_failure_kind::cut, "of " + device_code + ' ' + link_for_user});
    BOOST_TEST(saved(f, start + 13s).view().last_error == "of [redacted] [redacted]");
}

BOOST_AUTO_TEST_CASE(a_flow_carried_on_redacts_as_the_first_one) {
    const flow first = polled_flow();
    flow f{saved(first), {ten, wall_at_ten}};
    static_cast<void>(next<qr_code_ready>(f, ten));
    f.handle_time(start + 13s);
    const auto id = next<send_request>(f, start + 13s).request_id;
    f.handle_failure(id, start + 13s,
                     {transport_failure_kind::cut, device_code + ' ' + escaped_device_code + ' ' + user_code + ' ' +
                                                       link_of_service + ' ' + link_for_user});
    BOOST_TEST(next<status_changed>(f, start + 13s).reason.find(mark) == string::npos);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_cut_is_refused_at_every_length) {
    const auto text = saved(polled_flow()).text().reveal();
    for (std::size_t n = 0; n < text.size(); ++n)
        BOOST_TEST(refusal_of(secret{text.substr(0, n)}) ==
                   "the snapshot is malformed: it is not a JSON object; it may have been cut");
    BOOST_CHECK_NO_THROW(static_cast<void>(snapshot::parse(secret{text + "\n"})));
    BOOST_TEST(refusal_of(secret{string(256 * 1024 + 1, ' ')}) == "the snapshot is malformed: it is over 256 KiB");
    BOOST_TEST(refusal_of(secret{"[" + text + "]"}).ends_with("it may have been cut"));
}

BOOST_AUTO_TEST_CASE(another_version_is_refused_whatever_else_it_says) {
    const auto later = snapshot_error::reason::unknown_version;
    const auto s = saved(polled_flow());
    BOOST_TEST(refusal_of(with(s, "\"v\":1", "\"v\":2"), later) ==
               "the snapshot has version 2; this library reads version 1");
    BOOST_TEST(refusal_of(secret{R"({"v":7})"}, later).find("version 7") != string::npos);
    BOOST_TEST(refusal_of(secret{R"({"v":0,"device_code":3})"}, later).find("version 0") != string::npos);
    BOOST_TEST(refusal_of(with(s, "\"v\":1", "\"v\":\"1\"")) == "the snapshot is malformed: v is not an integer");
    BOOST_TEST(refusal_of(with(s, "\"v\":1", "\"v\":1.0")) == "the snapshot is malformed: v is not an integer");
    BOOST_TEST(refusal_of(with(s, "\"v\":1,", "")) == "the snapshot is malformed: v is missing");
}

BOOST_AUTO_TEST_CASE(each_field_is_needed_and_has_its_type) {
    const auto s = snapshot::parse(secret{file("v1-user-fields.json")});
    const auto text = s.text().reveal();
    for (const auto* name : {"saved_at",
                             "domain",
                             "lark_domain",
                             "at_lark",
                             "device_code",
                             "user_code",
                             "link",
                             "verification_uri",
                             "verification_uri_complete",
                             "lifetime",
                             "interval",
                             "expires_at",
                             "state",
                             "next_poll_at",
                             "failures",
                             "polls",
                             "cause",
                             "user_info",
                             "open_id",
                             "tenant_brand",
                             "json"}) {
        const auto key = '"' + string{name} + "\":";
        const bool may_be_absent = string{name} == "next_poll_at" || string{name} == "user_info" ||
                                   string{name} == "open_id" || string{name} == "tenant_brand" ||
                                   string{name} == "json";
        const auto absent = with(s, key, "\"other\":");
        if (may_be_absent) BOOST_CHECK_NO_THROW(static_cast<void>(snapshot::parse(absent)));
        else BOOST_TEST(refusal_of(absent) == "the snapshot is malformed: " + string{name} + " is missing");
        for (const string value : {"null,\"other\":", "[],\"other\":", "1e99,\"other\":"})
            BOOST_TEST(refusal_of(with(s, key, key + value))
                           .starts_with("the snapshot is malformed: " + string{name} + " is not a"));
        // Of a duplicated key the last one counts.
        BOOST_TEST((snapshot::parse(with(s, key, key + "null," + key)).text() == s.text()));
        BOOST_TEST((snapshot::parse(with(s, key, "\"other\":[{\"v\":2}]," + key)).text() == s.text()));
    }
}

BOOST_AUTO_TEST_CASE(values_that_no_save_writes_are_refused) {
    struct {
        const char* what;
        const char* by;
        const char* why;
    } const cases[] = {
        {R"("saved_at":)", R"("saved_at":-)", "saved_at is before 1970"},
        {R"("expires_at":)", R"("expires_at":-)", "expires_at is before 1970"},
        {R"("next_poll_at":)", R"("next_poll_at":-)", "next_poll_at is before 1970"},
        {R"("lifetime":600)", R"("lifetime":0)", "lifetime is not from 1 to 86400"},
        {R"("lifetime":600)", R"("lifetime":86401)", "lifetime is not from 1 to 86400"},
        {R"("interval":5)", R"("interval":0)", "interval is not from 1 to 86400"},
        {R"("interval":5)", R"("interval":-5)", "interval is not from 1 to 86400"},
        {R"("interval":5)", R"("interval":86401)", "interval is not from 1 to 86400"},
        {R"("failures":0)", R"("failures":-1)", "failures is not from 0 to 1000000"},
        {R"("polls":1)", R"("polls":4294967296)", "polls is not from 0 to 1000000"},
        {R"("state":"polling")", R"("state":"over")", "state is neither polling nor expiring"},
        {R"("device_code":"dc/MARKED+code==")", R"("device_code":"")", "device_code is empty"},
        {R"("link":"https:)", R"("link":"http:)", "link is not an ASCII https URL that may be shown to a user"},
        {R"("link":"https:)", R"("link":"javascript:)", "link is not an ASCII https URL that may be shown to a user"},
        {R"(MARKED-USER&from)", R"(MARKED-USER&ü&from)", "link is not an ASCII https URL that may be shown to a user"},
        {R"("verification_uri":"https://open)", R"("verification_uri":"https://x@open)",
         "verification_uri is not an ASCII https URL that may be shown to a user"},
        {R"("verification_uri_complete":"https:)", R"("verification_uri_complete":"http:)",
         "verification_uri_complete is not an https URL that may be shown to a user"},
        {R"("domain":"https://accounts.feishu.cn")", R"("domain":"https://accounts.feishu.cn//")",
         "domain must not contain '//' in its path"},
        {R"("lark_domain":"https:)", R"("lark_domain":"ftp:)", "lark_domain must begin with https://"},
    };
    const auto s = saved(polled_flow());
    for (const auto& c : cases)
        BOOST_TEST(refusal_of(with(s, c.what, c.by)) == "the snapshot is malformed: " + string{c.why});
}

BOOST_AUTO_TEST_CASE(other_hosts_are_refused_by_the_name_of_the_option) {
    const auto s = saved(polled_flow());
    const auto refused = [](const snapshot& from, const options& opts) {
        try {
            flow{from, {ten, wall_at_ten}, opts};
        } catch (const invalid_option& e) {
            return e.option() + "|" + e.what();
        }
        return string{"taken"};
    };
    BOOST_TEST(refused(s, {}) == "taken");
    BOOST_TEST(refused(s, {.domain = "HTTPS://Accounts.Feishu.CN:443/"}) == "taken");
    BOOST_TEST(refused(s, {.domain = "https://accounts.example"}) ==
               "domain|domain must be that with which the registration began, https://accounts.feishu.cn, got "
               "https://accounts.example");
    BOOST_TEST(refused(s, {.lark_domain = "https://accounts.example"}).starts_with("lark_domain|lark_domain must be"));
    BOOST_TEST(refused(snapshot::parse(with(s, "https://accounts.larksuite.com", "https://evil.example")), {})
                   .starts_with(
                       "lark_domain|lark_domain must be that with which the registration began, https://evil.example"));
    BOOST_TEST(refused(s, {.request_timeout = 0ms}).starts_with("request_timeout|"));
}

BOOST_AUTO_TEST_CASE(the_next_poll_comes_when_it_was_due) {
    const auto s = saved(polled_flow());
    BOOST_TEST((first_poll_in(s, wall_at_ten) == 3s));
    BOOST_TEST((first_poll_in(s, wall_at_ten + 2s) == 1s));
    BOOST_TEST((first_poll_in(s, wall_at_ten + 3s - 1ns) == 1ns));
    BOOST_TEST((first_poll_in(s, wall_at_ten + 3s) == 0s));
    BOOST_TEST((first_poll_in(s, wall_at_ten + 200s) == 0s));
}

BOOST_AUTO_TEST_CASE(one_that_polled_on_is_polled_an_interval_later) {
    const auto s = saved(polled_flow(), ten, wall_at_ten, after_save::goes_on);
    for (const auto passed : {0s, 2s, 300s}) BOOST_TEST((first_poll_in(s, wall_at_ten + passed) == 5s));
    BOOST_TEST((first_poll_in(s, wall + 597s) == 2s));  // no later than last_poll_at
    BOOST_TEST((first_poll_in(s, wall + 3600s) == 0s));
    const auto now = from_origin(0s);
    flow wide{s, {now, wall_at_ten}, {.interval_margin = 1.5}};
    static_cast<void>(next<qr_code_ready>(wide, now));
    BOOST_TEST((next<wait_until>(wide, now).deadline == now + 8s));
}

BOOST_AUTO_TEST_CASE(a_request_in_flight_counts_as_sent_and_lost) {
    auto f = begun_flow();
    static_cast<void>(next<send_request>(f, start));
    const auto s = saved(f, start + 1s, wall + 1s);
    BOOST_TEST(s.view().polls == 1u);
    BOOST_TEST(s.view().last_error == "the registration was saved while a poll was in flight");
    BOOST_TEST((first_poll_in(s, wall + 1s) == 10s));  // the first back-off: twice the interval
    BOOST_TEST((f.state_name() == "poll_sent"));
    const auto going_on = saved(f, start + 1s, wall + 1s, after_save::goes_on);
    BOOST_TEST((first_poll_in(going_on, wall + 1s) == 5s));
    BOOST_TEST(going_on.view().last_error.empty());
    // The last poll, lost: silence until expiry, and nothing to carry on after it.
    auto last = begun_flow();
    static_cast<void>(next<send_request>(last, start + 599s));
    BOOST_TEST(!first_poll_in(saved(last, start + 599s + 1ms, wall + 599s), wall + 599s));
    BOOST_TEST(!last.save({start + 601s, wall + 601s}));
}

BOOST_AUTO_TEST_CASE(nothing_is_extended_by_a_clock_that_is_behind) {
    const auto s = saved(polled_flow());
    BOOST_TEST((left_of(s, wall_at_ten) == 590s));
    BOOST_TEST((left_of(s, wall_at_ten + 90s) == 500s));
    BOOST_TEST((left_of(s, wall_at_ten - 1h) == 590s));
    BOOST_TEST((first_poll_in(s, wall_at_ten - 1h) == 3s));
    BOOST_TEST((left_of(s, system_clock::time_point::min()) == 590s));
    // Nor by a text that claims it.
    BOOST_TEST((left_of(snapshot::parse(with(s, R"("saved_at":1790000010000000000)", R"("saved_at":0)")),
                        wall_at_ten) == 590s));
    const auto longer = with(s, R"("expires_at":1790000600000000000)", R"("expires_at":1890000600000000000)");
    BOOST_TEST((left_of(snapshot::parse(longer), wall_at_ten) == 600s));
    const auto later = with(s, R"("next_poll_at":1790000013000000000)", R"("next_poll_at":9223372036854775807)");
    BOOST_TEST((first_poll_in(snapshot::parse(later), wall_at_ten) == 589s));  // last_poll_at
}

// Found by the fuzzer: Poco reads a negative number as a double, which rounds nanoseconds.
BOOST_AUTO_TEST_CASE(no_time_is_before_1970) {
    const auto f = polled_flow();
    for (const auto clock : {system_clock::time_point{-1'790'000'000s}, system_clock::time_point{7s}}) {
        const auto s = saved(f, ten + 1h, clock);
        BOOST_TEST(s.text().reveal().find(":-") == string::npos);
        const wall_time at{ten, clock};
        BOOST_TEST((flow{snapshot::parse(s.text()), at}.save(at)->text() == flow{s, at}.save(at)->text()));
        BOOST_TEST(left_of(s, clock).count() <= 0);
    }
}

BOOST_AUTO_TEST_CASE(an_hour_after_expiry_one_poll_is_owed) {
    for (const auto then : {after_save::stops, after_save::goes_on}) {
        // A clock that is an hour ahead looks the same.
        const auto s = saved(polled_flow(), ten, wall_at_ten, then);
        const auto now = from_origin(9h);
        flow f{s, {now, wall + 600s + 1h}};
        static_cast<void>(next<qr_code_ready>(f, now));
        const auto poll = next<send_request>(f, now);
        BOOST_TEST((poll.timeout == 3s));
        flow approved = f;
        approved.handle_response(poll.request_id, now, {200, {}, credentials()});
        BOOST_TEST(std::holds_alternative<app>(*approved.result()));
        f.handle_response(poll.request_id, now, {400, {}, pending});
        const auto& why = std::get<failure>(*f.result());
        BOOST_TEST((why.kind == failure_kind::expired && why.local));
        BOOST_TEST(why.description == "the code expired after 600 s without a decision");
    }
}

BOOST_AUTO_TEST_CASE(slow_down_and_failures_are_kept) {
    auto f = begun_flow();
    answer_next(f, {400, {}, slow_down});
    static_cast<void>(next<status_changed>(f, start));
    f.handle_time(start + 10s);
    f.handle_failure(next<send_request>(f, start + 10s).request_id, start + 10s, {transport_failure_kind::cut, "x"});
    const auto s = saved(f, start + 10s);
    BOOST_TEST((s.view().interval == 10s));
    BOOST_TEST(s.view().last_error == "x");
    BOOST_TEST((first_poll_in(s, wall_at_ten) == 20s));
    flow other{s, {start, wall_at_ten}};
    static_cast<void>(next<qr_code_ready>(other, start));
    other.handle_time(start + 20s);
    other.handle_failure(next<send_request>(other, start + 20s).request_id, start + 20s, {});
    BOOST_TEST((next<status_changed>(other, start + 20s).interval == 40s));
}

BOOST_AUTO_TEST_CASE(a_snapshot_moved_from_still_has_its_content) {
    auto s = saved(polled_flow());
    const auto text = s.text();
    const snapshot other = std::move(s);
    BOOST_TEST((other.text() == text));
    BOOST_TEST((s.text() == text));  // NOLINT(bugprone-use-after-move): documented
}

BOOST_AUTO_TEST_CASE(the_user_of_the_switch_reply_is_carried_on) {
    player p{options{}};
    play(p, begin_done() + poll_gets('{' + lark_user + '}') +
                steps{reports{status::domain_switched, std::chrono::seconds{5}}});
    const wall_time at{p.now, std::chrono::system_clock::time_point{std::chrono::hours{24}}};
    const auto saved = p.flow.get().save(at);
    BOOST_REQUIRE(saved.has_value());
    flow other{snapshot::parse(saved->text()), at};
    while (true) {
        const auto out = other.poll_output(at.now);
        if (const auto* request = std::get_if<send_request>(&out)) {
            BOOST_REQUIRE(
                (other.handle_response(request->request_id, at.now, {200, {}, credentials("")}) == accepted::yes));
            break;
        }
        BOOST_REQUIRE(!std::holds_alternative<wait_until>(out));
    }
    BOOST_REQUIRE(other.result() != nullptr);
    const auto& got = std::get<app>(*other.result());
    BOOST_TEST((got.user_info == user_info{"ou_1", "lark", R"({"open_id":"ou_1","tenant_brand":"lark"})"}));
    BOOST_TEST((got.issuer == brand::lark));
}

// The service's own link is then ignored, and may be absent.
BOOST_AUTO_TEST_CASE(the_request_id_is_carried_on) {
    auto f = begun_flow();
    answer_next(f, {400, {{"X-Tt-Logid", "log-7"}}, pending}, start + 8s);
    static_cast<void>(next<status_changed>(f, start + 8s));
    const auto s = saved(f);
    BOOST_TEST(s.view().request_id.text() == "log-7");
    flow g{snapshot::parse(s.text()), {ten, wall_at_ten}};
    static_cast<void>(next<qr_code_ready>(g, ten));
    BOOST_TEST(!g.last_exchange().has_value());
    g.cancel();
    BOOST_TEST(describe(std::get<failure>(*g.result())) ==
               "abort: cancelled: 1 poll at accounts.feishu.cn; request id log-7");
    BOOST_TEST(snapshot::parse(with(s, "log-7", "not fit")).view().request_id.empty());
}

BOOST_AUTO_TEST_CASE(a_link_made_from_the_user_code_is_carried_on) {
    for (const char* address : {"", R"-(,"verification_uri_complete":"javascript:alert(1)")-"}) {
        flow f{{.link_brand = brand::lark, .check_auth_methods = false}};
        const wall_time at{from_origin(std::chrono::hours{1}),
                           std::chrono::system_clock::time_point{std::chrono::hours{24}}};
        const auto out = f.poll_output(at.now);
        BOOST_REQUIRE(
            (f.handle_response(std::get<send_request>(out).request_id, at.now,
                               {200, {}, std::string{R"({"device_code":"d","user_code":"U")"} + address + '}'}) ==
             accepted::yes));
        const auto saved = f.save(at);
        BOOST_REQUIRE(saved.has_value());
        flow other{snapshot::parse(saved->text()), at};
        const auto first = other.poll_output(at.now);
        BOOST_TEST(
            std::get<qr_code_ready>(first).url.starts_with("https://open.larksuite.com/page/launcher?user_code=U&"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
