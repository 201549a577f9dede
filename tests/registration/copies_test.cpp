// SPDX-License-Identifier: MIT
// How long views live, and that copies share nothing. Meant to run under
// AddressSanitizer too: a view that dangles is a read of freed memory there.
#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <type_traits>
#include <utility>

using namespace lark;
using namespace lark::registration;
using namespace lark::registration::testing;
using namespace std::chrono_literals;
using std::string;

namespace {

constexpr time_point start = from_origin(1h);

template <class Output>
Output next(flow& f, time_point now = start) {
    const auto out = f.poll_output(now);
    BOOST_REQUIRE(std::holds_alternative<Output>(out));
    return std::get<Output>(out);
}

void answer_next(flow& f, const http_response& response, time_point now = start) {
    const auto id = next<send_request>(f, now).request_id;
    BOOST_REQUIRE((f.handle_response(id, now, response) == accepted::yes));
}

/// With the link still to be taken.
std::unique_ptr<flow> begun_flow() {
    auto f = std::make_unique<flow>();
    answer_next(*f, {200, {}, init_ok});
    answer_next(*f, {200, {}, begun()});
    return f;
}

void check_link(const qr_code_ready& qr) {
    BOOST_TEST(qr.url == link_for_user);
    BOOST_TEST(qr.user_code == user_code);
    BOOST_TEST(qr.verification_uri == plain_uri);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(copies_and_views)

BOOST_AUTO_TEST_CASE(a_copy_with_a_link_to_be_taken_outlives_its_original) {
    auto f = begun_flow();
    flow copy = *f;
    f.reset();
    check_link(next<qr_code_ready>(copy));
    BOOST_TEST(next<send_request>(copy).body == "action=poll&device_code=" + escaped_device_code);
}

BOOST_AUTO_TEST_CASE(both_have_their_own_slots) {
    auto f = begun_flow();
    flow copy = *f;
    check_link(next<qr_code_ready>(*f));
    check_link(next<qr_code_ready>(copy));
    answer_next(*f, {200, {}, credentials()});
    BOOST_TEST((f->result() != nullptr));
    BOOST_TEST((copy.result() == nullptr));
    BOOST_TEST(copy.state_name() == "poll_due");
    f.reset();
    answer_next(copy, {400, {}, error_body("access_denied")});
    BOOST_TEST(std::get<failure>(*copy.result()).code == "access_denied");
}

BOOST_AUTO_TEST_CASE(a_copy_with_a_reason_to_be_taken_outlives_its_original) {
    auto f = begun_flow();
    static_cast<void>(next<qr_code_ready>(*f));
    const auto id = next<send_request>(*f).request_id;
    f->handle_failure(id, start, {transport_failure_kind::cut, string(200, 'r')});
    flow copy = *f;
    f.reset();
    BOOST_TEST(next<status_changed>(copy).reason == string(200, 'r'));
}

BOOST_AUTO_TEST_CASE(a_copy_with_a_request_to_be_sent_or_abandoned_outlives_its_original) {
    auto f = std::make_unique<flow>(options{.domain = "https://a-rather-long-name-that-needs-memory.example"});
    flow copy = *f;
    f.reset();
    const auto request = next<send_request>(copy);
    BOOST_TEST(request.url == "https://a-rather-long-name-that-needs-memory.example/oauth/v1/app/registration");
    auto other = std::make_unique<flow>(copy);
    other->handle_time(start + 15s);
    flow third = *other;
    other.reset();
    BOOST_TEST((next<abandon_request>(third, start + 15s).request_id == request.request_id));
    BOOST_TEST((next<status_changed>(third, start + 15s).status == status::retrying));
    BOOST_TEST((copy.handle_response(request.request_id, start, {200, {}, init_ok}) == accepted::yes));
}

BOOST_AUTO_TEST_CASE(an_assigned_flow_is_as_good_as_a_copied_one) {
    auto f = begun_flow();
    flow target{options{.source = "x"}};
    target = *f;
    BOOST_TEST(flow_test_access::full_key(target) == flow_test_access::full_key(*f));
    f.reset();
    check_link(next<qr_code_ready>(target));
    flow moved = std::move(target);
    BOOST_TEST(next<send_request>(moved).body == "action=poll&device_code=" + escaped_device_code);
}

static_assert(std::is_nothrow_move_constructible_v<flow> && std::is_nothrow_move_assignable_v<flow>);

BOOST_AUTO_TEST_CASE(a_moved_from_flow_can_be_assigned_to_and_destroyed) {
    auto f = begun_flow();
    flow moved = std::move(*f);
    *f = moved;
    check_link(next<qr_code_ready>(*f));
    const auto destroyed = std::move(f);
    flow other = std::move(*destroyed);
    check_link(next<qr_code_ready>(moved));
    moved = std::move(other);
    BOOST_TEST(next<send_request>(moved).body == "action=poll&device_code=" + escaped_device_code);
}

BOOST_AUTO_TEST_CASE(poll_output_and_stale_answers_keep_views) {
    auto f = begun_flow();
    const auto qr = next<qr_code_ready>(*f);
    const auto request = next<send_request>(*f);
    static_cast<void>(next<wait_until>(*f, start + 1s));
    static_cast<void>(f->wants_to_send());
    f->handle_response(request_id{77}, start + 1s, {200, {}, credentials()});
    f->handle_failure(request_id{77}, start + 1s, {transport_failure_kind::cut, ""});
    check_link(qr);
    BOOST_TEST(request.url == "https://accounts.feishu.cn/oauth/v1/app/registration");
    BOOST_TEST(request.body == "action=poll&device_code=" + escaped_device_code);
}

BOOST_AUTO_TEST_CASE(a_link_that_was_not_taken_in_time_can_still_be_taken) {
    auto f = begun_flow();
    f->handle_time(start + 1s);
    f->handle_time(start + 2s);
    check_link(next<qr_code_ready>(*f, start + 2s));
}

BOOST_AUTO_TEST_CASE(a_result_lives_as_long_as_the_flow) {
    auto f = begun_flow();
    static_cast<void>(next<qr_code_ready>(*f));
    answer_next(*f, {200, {}, credentials()});
    const auto* result = f->result();
    f->cancel();
    f->handle_time(start + 48h);
    static_cast<void>(next<finished>(*f));
    BOOST_TEST((f->result() == result));
    BOOST_TEST(std::get<app>(*result).client_secret.reveal() == client_secret);
}

BOOST_AUTO_TEST_CASE(expire_in_and_expires_at_agree) {
    auto f = begun_flow();
    const auto qr = next<qr_code_ready>(*f, start + 7s);
    BOOST_TEST((qr.expire_in == 600s));
    BOOST_TEST((qr.expires_at == start + 600s));
}

BOOST_AUTO_TEST_CASE(ids_go_on_after_a_copy) {
    auto f = begun_flow();
    flow copy = *f;
    static_cast<void>(next<qr_code_ready>(copy));
    BOOST_TEST((next<send_request>(copy).request_id == request_id{3}));
}

BOOST_AUTO_TEST_SUITE_END()
