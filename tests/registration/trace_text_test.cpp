// SPDX-License-Identifier: MIT
#include <lark/registration/trace_text.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace lark;
using namespace lark::registration;
using namespace std::chrono_literals;

namespace {

/// Each member with a value of its own.
trace_event full() {
    trace_event event;
    event.exchange = {.host = *host_name::parse("[::1]:8443"),
                      .request_id = *log_id::parse("20261127-A_b.1"),
                      .code = 20094,
                      .number = 3,
                      .http_status = 400,
                      .step = exchange_step::poll,
                      .error = oauth_error::slow_down,
                      .failure = transport_failure_kind::cut};
    event.result = exchange_result::slow_down;
    event.on_kept_connection = true;
    event.next = next_step::wait;
    event.reason = wait_reason::retry_after;
    event.stop = stop_reason::tries;
    event.wait = 10s + 1ns;
    event.retry_after = 9s;
    event.interval = 10s;
    event.lifetime = 3600s;
    event.took = 84ms + 1ns;
    event.bytes = 123;
    return event;
}

std::string complaint(const std::string& line) {
    try {
        static_cast<void>(trace_event_from_json(line));
    } catch (const trace_error& error) {
        return error.what();
    }
    return "nothing wrong";
}

/// A line that is whole, with one more member.
std::string with(const std::string& member) {
    return R"({"step":"poll","number":1,"host":"h","result":"pending",)" + member + '}';
}

template <class Enum>
void round_trips(Enum trace_event::*member) {
    for (unsigned i = 0; to_string(static_cast<Enum>(i)) != "unknown"; ++i) {
        auto event = full();
        event.*member = static_cast<Enum>(i);
        BOOST_TEST((trace_event_from_json(to_json(event)) == event));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_text)

BOOST_AUTO_TEST_CASE(an_event_is_one_line_of_json) {
    BOOST_TEST(to_json(full()) ==
               R"({"step":"poll","number":3,"host":"[::1]:8443","http_status":400,"error":"slow_down","code":20094,)"
               R"("failure":"cut","on_kept_connection":true,"request_id":"20261127-A_b.1","result":"slow_down",)"
               R"("took_ns":84000001,"bytes":123,"retry_after":9,"interval":10,"lifetime":3600,"next":"wait",)"
               R"("wait_ns":10000000001,"reason":"retry_after","stop":"tries"})");
    trace_event small;
    small.exchange.host = *host_name::parse("accounts.feishu.cn");
    small.exchange.number = 1;
    BOOST_TEST(to_json(small) ==
               R"({"step":"init","number":1,"host":"accounts.feishu.cn","result":"none","next":"send"})");
    BOOST_TEST(to_json(small, trace_side::server) ==
               R"({"step":"init","number":1,"host":"accounts.feishu.cn","result":"none"})");
}

BOOST_AUTO_TEST_CASE(written_events_are_read_back) {
    BOOST_TEST((trace_event_from_json(to_json(full())) == full()));
    round_trips(&trace_event::result);
    round_trips(&trace_event::next);
    round_trips(&trace_event::reason);
    round_trips(&trace_event::stop);
    for (unsigned i = 0; to_string(static_cast<oauth_error>(i)) != "unknown"; ++i) {
        auto event = full();
        event.exchange.error = static_cast<oauth_error>(i);
        BOOST_TEST((trace_event_from_json(to_json(event)) == event));
    }
    for (unsigned i = 0; to_string(static_cast<transport_failure_kind>(i)) != "unknown"; ++i) {
        auto event = full();
        event.exchange.failure = static_cast<transport_failure_kind>(i);
        BOOST_TEST((trace_event_from_json(to_json(event)) == event));
    }
    for (unsigned i = 0; to_string(static_cast<exchange_step>(i)) != "unknown"; ++i) {
        auto event = full();
        event.exchange.step = static_cast<exchange_step>(i);
        BOOST_TEST((trace_event_from_json(to_json(event)) == event));
    }
    auto none = full();
    none.took.reset();
    none.bytes = 0;  // not the same as unset
    BOOST_TEST((trace_event_from_json(to_json(none)) == none));
}

BOOST_AUTO_TEST_CASE(errors_name_the_member_and_quote_nothing) {
    BOOST_TEST(complaint(with(R"("new":[1])")) == "nothing wrong");
    BOOST_TEST(complaint("secret") == "the line must be a JSON object");
    BOOST_TEST(complaint("[]") == "the line must be a JSON object");
    BOOST_TEST(complaint(R"({"number":1})") ==
               "step must be a word of the format: troubleshooting.md, \"The file of a trace\"");
    BOOST_TEST(complaint(R"({"step":"poll"})") == "number must be there");
    BOOST_TEST(complaint(R"({"step":"poll","number":1})") == "host must be there");
    for (const auto* member : {"step", "result", "error", "failure", "next", "reason", "stop"})
        BOOST_TEST(complaint(with('"' + std::string(member) + R"(":"secret")")) ==
                   std::string(member) + " must be a word of the format: troubleshooting.md, \"The file of a trace\"");
    for (const auto* member :
         {"number", "http_status", "took_ns", "bytes", "retry_after", "interval", "lifetime", "wait_ns"})
        for (const auto* value : {"-1", "\"secret\"", "1.5", "1e30", "null"})
            BOOST_TEST(complaint(with('"' + std::string(member) + "\":" + value))
                           .starts_with(std::string(member) + " must be a whole number from "));
    BOOST_TEST(complaint(with(R"("host":"user@h")")) == "host must be a host, and a port that is not the scheme's");
    BOOST_TEST(complaint(with(R"("request_id":"a b")")) ==
               "request_id must be letters, digits, dots, hyphens and underscores, up to 128");
    BOOST_TEST(complaint(with(R"("on_kept_connection":1)")) == "on_kept_connection must be true or false");
}

BOOST_AUTO_TEST_SUITE_END()
