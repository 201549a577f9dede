// SPDX-License-Identifier: MIT
// Every field of `user_info`, as JSON beside the two that are typed: protocol.md, section 3.
#include <lark/json.hpp>
#include <lark/registration/flow.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace lark::registration;
using namespace std::chrono_literals;

namespace {

const std::string credentials = R"("client_id":"i","client_secret":"s")";

/// Feeds the replies to a flow whose link is known.
class fed_flow {
public:
    fed_flow() : flow_{{.check_auth_methods = false}} {
        feed(R"("device_code":"d","verification_uri_complete":"https://a/b")");
    }

    void feed(const std::string& members) {
        while (!flow_.wants_to_send()) {
            const auto out = flow_.poll_output(now_);
            if (const auto* wait = std::get_if<wait_until>(&out)) flow_.handle_time(now_ = wait->deadline);
        }
        const auto out = flow_.poll_output(now_);
        flow_.handle_response(std::get<send_request>(out).request_id, now_, {200, {}, '{' + members + '}'});
    }

    [[nodiscard]] user_info user() const { return std::get<app>(*flow_.result()).user_info.value(); }

    /// Goes on with a flow that is made of its snapshot.
    void carry_on() {
        const wall_time at{now_, std::chrono::system_clock::time_point{20'000h}};
        flow_ = flow{snapshot::parse(flow_.save(at)->text()), at, {.check_auth_methods = false}};
    }

private:
    flow flow_;
    lark::time_point now_ = lark::from_origin(1h);
};

std::string json_after(const std::vector<std::string>& replies) {
    fed_flow f;
    for (const auto& one : replies) f.feed(one);
    return f.user().json;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_info_fields)

BOOST_AUTO_TEST_CASE(all_fields_are_there_whatever_their_type) {
    fed_flow f;
    f.feed(credentials +
           R"( , "user_info" : {"name":"\u4f60","open_id":"ou_1","roles":["a",{"n":1}],"age":null,"x":true})");
    const auto user = f.user();
    BOOST_TEST(user.json ==
               "{\"name\":\"\xE4\xBD\xA0\",\"open_id\":\"ou_1\",\"roles\":[\"a\",{\"n\":1}],\"age\":null,\"x\":true}");
    BOOST_TEST((user.open_id == "ou_1"));
    const auto read = lark::json::parse(user.json);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(((*read)["roles"][1]["n"].as_integer() == 1));
}

BOOST_AUTO_TEST_CASE(the_latest_reply_that_has_any_counts) {
    const std::string pending = R"("error":"authorization_pending",)";
    BOOST_TEST(json_after({pending + R"("user_info":{"a":1})", credentials}) == R"({"a":1})");
    BOOST_TEST(json_after({pending + R"("user_info":{"a":1})", credentials + R"(,"user_info":{})"}) == R"({"a":1})");
    BOOST_TEST(json_after({pending + R"("user_info":{"a":1})", credentials + R"(,"user_info":{"b":2})"}) ==
               R"({"b":2})");
    BOOST_TEST(json_after({credentials + R"(,"user_info":{})"}) == "{}");
}

BOOST_AUTO_TEST_CASE(of_a_duplicated_key_the_last_counts) {
    const auto text = json_after({credentials + R"(,"user_info":{"a":1},"user_info":{"a":2,"a":3})"});
    BOOST_TEST(text == R"({"a":2,"a":3})");
    BOOST_TEST(((*lark::json::parse(text))["a"].as_integer() == 3));
}

BOOST_AUTO_TEST_CASE(a_large_one_is_left_out) {
    const auto of_size = [](std::size_t size) { return R"({"a":")" + std::string(size - 8, 'x') + R"("})"; };
    const auto most = of_size(16 * 1024);
    BOOST_TEST(json_after({credentials + R"(,"user_info":)" + most}) == most);
    BOOST_TEST(json_after({credentials + R"(,"user_info":)" + of_size(16 * 1024 + 1)}) == "");
}

BOOST_AUTO_TEST_CASE(a_snapshot_keeps_them) {
    fed_flow f;
    f.feed(R"("error":"authorization_pending","user_info":{"open_id":"ou_1","name":"\"n\""})");
    f.carry_on();
    f.feed(credentials);
    BOOST_TEST(f.user().json == R"({"open_id":"ou_1","name":"\"n\""})");
    BOOST_TEST((f.user().open_id == "ou_1"));
}

BOOST_AUTO_TEST_SUITE_END()
