// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/json.hpp>
#include <lark/open_platform/call_flow.hpp>
#include <lark/open_platform/token_flow.hpp>
#include <lark/time.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Replies and virtual time for the suites of the open platform.
namespace lark::open_platform::test {

using namespace std::chrono_literals;

inline constexpr std::string_view app_secret = "s3cr3t-of-the-app";
inline constexpr std::string_view first_token = "t-g1044first";
inline constexpr std::string_view second_token = "t-g1044second";

inline http_response reply(std::string body, int status = 200, std::vector<http_header> headers = {}) {
    return {status, std::move(headers), std::move(body)};
}

inline http_response token_reply(std::string_view token = first_token, std::string_view expire = "7200") {
    return reply(R"({"code":0,"msg":"ok","tenant_access_token":")" + std::string{token} + R"(","expire":)" +
                 std::string{expire} + '}');
}

inline http_response refusal(std::int64_t code, std::string_view msg, int status = 200,
                             std::vector<http_header> headers = {}) {
    return reply("{\"code\":" + std::to_string(code) + ",\"msg\":" + json::quote(msg) + '}', status,
                 std::move(headers));
}

inline http_response bad_token() {
    return refusal(api_code::bad_tenant_token, "Invalid access token for authorization.", 400);
}

inline transport_failure cut() { return {transport_failure_kind::cut, "connection reset by peer"}; }

/// Whether the driver is to send something, or to sign what it will send.
inline bool sends(const token_output& out) {
    return std::holds_alternative<need_assertion>(out) || std::holds_alternative<send_token_request>(out);
}
inline bool sends(const call_output& out) { return std::holds_alternative<send_call>(out); }

/// A flow on a virtual clock: each expectation looks at the next output.
template <class Flow>
struct run {
    explicit run(Flow f) : flow(std::move(f)) {}

    template <class Output>
    Output expect() {
        const bool wants_to_send = flow.wants_to_send();
        auto out = flow.poll_output(now);
        BOOST_TEST(wants_to_send == sends(out));
        BOOST_REQUIRE_MESSAGE(std::holds_alternative<Output>(out), "output " << out.index() << " in state "
                                                                             << flow.state_name()
                                                                             << " is not the expected one");
        return std::get<Output>(out);
    }

    /// Expects a wait of exactly `length`, and jumps over it.
    void expect_wait(duration length) {
        BOOST_TEST(saturating_sub(expect<wait_until>().deadline, now).count() == length.count());
        pass(length);
    }

    void pass(duration d) {
        now = saturating_add(now, d);
        flow.handle_time(now);
    }

    void answer(request_id id, const http_response& response) {
        BOOST_TEST((flow.handle_response(id, now, response) == accepted::yes));
    }
    void answer(request_id id, const transport_failure& failure) {
        BOOST_TEST((flow.handle_failure(id, now, failure) == accepted::yes));
    }

    Flow flow;
    time_point now = from_origin(1h);
};

}  // namespace lark::open_platform::test
