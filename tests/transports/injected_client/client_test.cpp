// SPDX-License-Identifier: MIT
#include "scripted_client.hpp"

#include <lark/injected/client.hpp>
#include <lark/invalid_option.hpp>
#include <lark/json.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <latch>
#include <semaphore>
#include <stdexcept>
#include <thread>

using namespace lark;
using namespace lark::open_platform;
using namespace std::chrono_literals;
using injected::client;
using injected::test::scripted_client;

namespace {

const std::string token_path = "/open-apis/auth/v3/tenant_access_token/internal";
const std::string bot_path = "/open-apis/bot/v3/info";
const std::string message_path = "/open-apis/im/v1/messages";
const std::string secret_text = "the-secret-of-the-app";

http_response ok(std::string body, int status = 200) { return {status, {}, std::move(body)}; }
http_response token_reply(const std::string& token) {
    return ok(R"({"code":0,"msg":"ok","tenant_access_token":")" + token + R"(","expire":7200})");
}
http_response bad_token() { return ok(R"({"code":99991663,"msg":"Invalid access token"})", 400); }
const http_response done = ok(R"({"code":0,"msg":"success","data":{"message_id":"om_1"}})");

struct fixture {
    std::shared_ptr<scripted_client> http = std::make_shared<scripted_client>();
    client make(client_options options = {}) { return {"cli_1", secret{secret_text}, http, options}; }
};

/// An answer that waits until the test releases it, or for a stop.
struct gate {
    std::binary_semaphore open{0};
    std::atomic<int> waiting{0};

    scripted_client::answer answer(http_result result) {
        return [this, result = std::move(result)](const http_request&, std::stop_token stop) -> http_result {
            ++waiting;
            const std::stop_callback on_stop{stop, [this] { open.release(); }};
            open.acquire();
            if (stop.stop_requested()) return transport_failure{transport_failure_kind::cut, "stopped"};
            return result;
        };
    }
};

std::string authorization(const http_request& request) {
    return std::string{find_header(request.headers, "Authorization").value_or("none")};
}

template <class Call>
api_failure failure_of(Call call) {
    try {
        call();
    } catch (const api_error& error) {
        return error.failure();
    }
    BOOST_FAIL("no api_error");
    return {};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(injected_client, fixture)

BOOST_AUTO_TEST_CASE(one_line_from_a_registration) {
    registration::app app{
        .client_id = "cli_9", .client_secret = secret{"s"}, .user_info = registration::user_info{"ou_1", "lark"}};
    http->on(token_path, token_reply("t-1"));
    client c{app, *http};
    BOOST_TEST(c.tenant_access_token().reveal() == "t-1");
    BOOST_TEST(http->sent().front().url == "https://open.larksuite.com" + token_path);
    BOOST_TEST(http->sent().front().body == R"({"app_id":"cli_9","app_secret":"s"})");
    BOOST_TEST((find_header(http->sent().front().headers, "content-type") == "application/json; charset=utf-8"));

    client elsewhere{app, *http, {.domain = "https://open.example"}};
    static_cast<void>(elsewhere.tenant_access_token());
    BOOST_TEST(http->sent().back().url == "https://open.example" + token_path);
}

BOOST_AUTO_TEST_CASE(a_builder) {
    http->on(token_path, token_reply("t-1"));
    auto c =
        client::builder().app_id("cli_1").app_secret("s").domain("https://open.example/").http_client(http).build();
    static_cast<void>(c.tenant_access_token());
    BOOST_TEST(http->sent().front().url == "https://open.example" + token_path);

    const registration::app app{
        .client_id = "cli_2", .client_secret = secret{"s"}, .user_info = registration::user_info{"ou_1", "lark"}};
    auto d = client::builder().app(app).options({.tries = 1}).http_client(http).build();
    static_cast<void>(d.tenant_access_token());
    BOOST_TEST(http->sent().back().url == "https://open.larksuite.com" + token_path);
}

BOOST_AUTO_TEST_CASE(a_builder_for_one_app_after_another_takes_the_host_of_each) {
    http->on(token_path, token_reply("t-1"));
    const auto of = [](const char* id, const char* brand) {
        return registration::app{
            .client_id = id, .client_secret = secret{"secret"}, .user_info = registration::user_info{"ou_1", brand}};
    };
    const auto host_of = [&](client c) {
        static_cast<void>(c.tenant_access_token());
        const auto url = http->sent().back().url;
        return url.substr(0, url.find("/open-apis"));
    };
    auto builder = client::builder().http_client(http);
    BOOST_TEST(host_of(builder.app(of("cli_1", "feishu")).build()) == "https://open.feishu.cn");
    BOOST_TEST(host_of(builder.app(of("cli_2", "lark")).build()) == "https://open.larksuite.com");
    BOOST_TEST(host_of(builder.options({.tries = 1}).build()) == "https://open.larksuite.com");
    BOOST_TEST(host_of(builder.app_id("cli_3").build()) == "https://open.feishu.cn", "another app, of unknown brand");
    BOOST_TEST(host_of(builder.domain("https://open.example").app(of("cli_2", "lark")).build()) ==
               "https://open.example");
    BOOST_TEST(host_of(builder.app(of("cli_1", "feishu")).build()) == "https://open.example");
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_reported_before_any_request) {
    const auto text = [](auto&& build) -> std::string {
        try {
            static_cast<void>(build());
        } catch (const registration::invalid_option& error) {
            return error.what();
        }
        return "nothing wrong";
    };
    BOOST_TEST(text([&] { return client::builder().app_secret("s").http_client(http).build(); }) ==
               "app_id must be a non-empty string");
    BOOST_TEST(text([&] { return client::builder().app_id("c").http_client(http).build(); }) ==
               "app_secret must be a non-empty string");
    BOOST_TEST(text([&] { return client::builder().app_id("c").app_secret("s").build(); }) ==
               "http_client is required");
    BOOST_TEST(text([&] {
                   return client::builder().app_id("c").app_secret("s").domain("x").http_client(http).build();
               }).starts_with("domain must be a URL"));
    BOOST_TEST(text([&] { return make({.tries = 99}); }) == "tries must be from 1 to 10, got 99");
    auto c = make();
    BOOST_TEST(text([&] { return c.request({.path = "nowhere"}); }) == "path must begin with '/'");
    BOOST_TEST(text([&] { return c.request_async({.path = "nowhere"}); }) == "path must begin with '/'");
    BOOST_TEST(text([&] { return c.request_async({.path = "/x"}, nullptr), 0; }) == "done is required");
    BOOST_TEST(http->sent().empty());
}

BOOST_AUTO_TEST_CASE(a_call_with_the_token_put_in) {
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, done);
    auto c = make();
    const auto response =
        c.request({.method = "POST", .path = message_path, .query = {{"receive_id_type", "open_id"}}, .body = "{}"});
    BOOST_TEST((response.data["message_id"].as_string() == "om_1"));
    const auto sent = http->sent(message_path).front();
    BOOST_TEST(sent.method == "POST");
    BOOST_TEST(sent.url == "https://open.feishu.cn/open-apis/im/v1/messages?receive_id_type=open_id");
    BOOST_TEST(authorization(sent) == "Bearer t-1");
    BOOST_TEST(sent.body == "{}");
    BOOST_TEST(!sent.idempotent);
    BOOST_TEST(http->sent(token_path).front().idempotent);
    static_cast<void>(c.request({.path = message_path}));
    BOOST_TEST(http->sent(token_path).size() == 1u);
    BOOST_TEST(http->sent(message_path).back().idempotent);
}

BOOST_AUTO_TEST_CASE(bot_info_is_read) {
    http->on(token_path, token_reply("t-1"));
    http->on(bot_path, ok(R"({"code":0,"bot":{"activate_status":1,"app_name":"Bot","open_id":"ou_b"}})"));
    auto c = make();
    const auto info = c.bot_info();
    BOOST_TEST(info.app_name == "Bot");
    BOOST_TEST((info.activate_status == activate_status::disabled));
    BOOST_TEST(c.bot_info_async().get().open_id == "ou_b");
    http->forget(bot_path);
    http->on(bot_path, ok(R"({"code":0})"));
    BOOST_TEST(failure_of([&] { static_cast<void>(c.bot_info()); }).message == "the reply has no bot");
}

BOOST_AUTO_TEST_CASE(an_expired_token_in_the_middle_is_replaced_and_the_post_sent_again) {
    http->on(token_path, token_reply("t-1"));
    http->on(token_path, token_reply("t-2"));
    http->on(message_path, bad_token());
    http->on(message_path, done);
    auto c = make();
    static_cast<void>(c.request({.method = "POST", .path = message_path}));
    const auto sent = http->sent(message_path);
    BOOST_REQUIRE(sent.size() == 2u);
    BOOST_TEST(authorization(sent[0]) == "Bearer t-1");
    BOOST_TEST(authorization(sent[1]) == "Bearer t-2");
    BOOST_TEST(http->slept().empty());
}

BOOST_AUTO_TEST_CASE(a_token_that_stays_bad_is_an_error_and_the_next_call_fetches_another) {
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, bad_token());
    auto c = make();
    BOOST_TEST(failure_of([&] { c.request({.path = message_path}); }).code == 99991663);
    BOOST_TEST(http->sent(token_path).size() == 2u);
    BOOST_TEST(http->sent(message_path).size() == 2u);
    http->forget(message_path);
    http->on(message_path, done);
    c.request({.path = message_path});
    BOOST_TEST(http->sent(token_path).size() == 3u);
}

BOOST_AUTO_TEST_CASE(waits_are_exact_and_on_the_transports_clock) {
    http->on(token_path, ok("", 503));
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, transport_failure{transport_failure_kind::cut, "gone"});
    auto c = make();
    BOOST_TEST(failure_of([&] { c.request({.path = message_path}); }).message == "gone; given up after 3 tries");
    BOOST_TEST((http->slept() == std::vector<duration>{1s, 1s, 2s}));
}

BOOST_AUTO_TEST_CASE(one_fetch_for_many_threads) {
    gate fetch;
    http->on(token_path, fetch.answer(token_reply("t-1")));
    http->on(message_path, done);
    auto c = make();
    constexpr int count = 8;
    std::latch all{count};
    std::atomic<int> results{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&] {
            all.arrive_and_wait();
            c.request({.method = "POST", .path = message_path});
            ++results;
        });
    all.wait();
    BOOST_REQUIRE(http->wait_for_requests(1));
    fetch.open.release();
    threads.clear();
    BOOST_TEST(results == count);
    BOOST_TEST(http->sent(token_path).size() == 1u);
    BOOST_TEST(http->sent(message_path).size() == static_cast<std::size_t>(count));
}

BOOST_AUTO_TEST_CASE(who_stops_in_the_middle_of_a_fetch_hands_over_to_those_who_wait) {
    gate first;
    http->on(token_path, first.answer(token_reply("t-never")));
    http->on(token_path, token_reply("t-2"));
    auto c = make();
    std::stop_source stop;
    auto stopped = c.tenant_access_token_async(stop.get_token());
    BOOST_REQUIRE(http->wait_for_requests(1));
    auto waiting = c.tenant_access_token_async();
    auto also_waiting = c.tenant_access_token_async();
    stop.request_stop();
    BOOST_TEST((failure_of([&] { static_cast<void>(stopped.get()); }).kind == api_failure_kind::aborted));
    BOOST_TEST(waiting.get().reveal() == "t-2");
    BOOST_TEST(also_waiting.get().reveal() == "t-2");
    BOOST_TEST(http->sent(token_path).size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_waits_for_the_fetch_of_another_can_stop_alone) {
    gate fetch;
    http->on(token_path, fetch.answer(token_reply("t-1")));
    auto c = make();
    auto leader = c.tenant_access_token_async();
    BOOST_REQUIRE(http->wait_for_requests(1));
    std::stop_source stop;
    auto follower = c.tenant_access_token_async(stop.get_token());
    stop.request_stop();
    BOOST_TEST((failure_of([&] { static_cast<void>(follower.get()); }).kind == api_failure_kind::aborted));
    fetch.open.release();
    BOOST_TEST(leader.get().reveal() == "t-1");
    BOOST_TEST(http->sent(token_path).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_before_anything_sends_nothing) {
    std::stop_source stop;
    stop.request_stop();
    auto c = make();
    BOOST_TEST((failure_of([&] { c.request({.path = "/x"}, stop.get_token()); }).kind == api_failure_kind::aborted));
    BOOST_TEST((failure_of([&] { static_cast<void>(c.tenant_access_token(stop.get_token())); }).kind ==
                api_failure_kind::aborted));
    BOOST_TEST(http->sent().empty());
}

BOOST_AUTO_TEST_CASE(a_stop_between_two_tries_ends_the_call) {
    std::stop_source stop;
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, ok("", 502));
    http->on_sleep = [&] { stop.request_stop(); };
    auto c = make();
    BOOST_TEST(
        (failure_of([&] { c.request({.path = message_path}, stop.get_token()); }).kind == api_failure_kind::aborted));
    BOOST_TEST(http->sent(message_path).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_result_that_has_arrived_counts_in_spite_of_a_stop) {
    std::stop_source stop;
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, [&](const http_request&, std::stop_token) -> http_result {
        stop.request_stop();
        return done;
    });
    auto c = make();
    BOOST_TEST((c.request({.method = "POST", .path = message_path}, stop.get_token()).data["message_id"].as_string() ==
                "om_1"));
}

BOOST_AUTO_TEST_CASE(a_refresh_that_hangs_holds_up_one_caller_alone) {
    gate refresh;
    http->on(token_path, token_reply("t-1"));
    http->on(token_path, refresh.answer(token_reply("t-2")));
    http->on(message_path, done);
    auto c = make();
    static_cast<void>(c.tenant_access_token());
    http->pass(6700s);  // good for 500 s yet
    auto first = c.tenant_access_token_async();
    BOOST_REQUIRE(http->wait_for_requests(2));
    BOOST_TEST((http->sent(token_path).back().timeout == 5s));
    auto other = c.request_async({.path = message_path});
    const bool came = other.wait_for(10s) == std::future_status::ready;
    BOOST_TEST(came, "a caller waits though the old token is good");
    refresh.open.release();
    BOOST_TEST(first.get().reveal() == "t-2");
    static_cast<void>(other.get());
    BOOST_TEST(authorization(http->sent(message_path).back()) == (came ? "Bearer t-1" : "Bearer t-2"));
    BOOST_TEST(c.tenant_access_token().reveal() == "t-2");
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_means_one_fetch) {
    http->on(token_path, token_reply("t-1"));
    http->on(token_path, token_reply("t-2"));
    auto c = make();
    static_cast<void>(c.tenant_access_token());
    http->pass(24h * 30);
    BOOST_TEST(c.tenant_access_token().reveal() == "t-2");
    BOOST_TEST(c.tenant_access_token().reveal() == "t-2");
    BOOST_TEST(http->sent(token_path).size() == 2u);
    http->pass(-24h * 60);
    BOOST_TEST(c.tenant_access_token().reveal() == "t-2");
    BOOST_TEST(http->sent(token_path).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_wrong_secret_reaches_every_caller_and_no_text) {
    http->on(token_path, ok(R"({"code":10014,"msg":"app secret invalid: )" + secret_text + "\"}"));
    auto c = make();
    auto future = c.request_async({.path = "/x"});
    for (auto& call : std::vector<std::function<void()>>{
             [&] { c.request({.path = "/x"}); }, [&] { static_cast<void>(c.bot_info()); }, [&] { future.get(); }}) {
        try {
            call();
            BOOST_FAIL("no api_error");
        } catch (const api_error& error) {
            BOOST_TEST(error.code() == 10014);
            BOOST_TEST(std::string{error.what()}.find(secret_text) == std::string::npos);
        }
    }
    BOOST_TEST(http->sent("/x").empty());
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_transport_comes_out_and_leaves_the_client_in_order) {
    http->on(token_path, [](const http_request&, std::stop_token) -> http_result { throw std::runtime_error{"boom"}; });
    http->on(token_path, token_reply("t-1"));
    auto c = make();
    BOOST_CHECK_EXCEPTION(static_cast<void>(c.tenant_access_token()), std::runtime_error,
                          [](const auto& e) { return e.what() == std::string{"boom"}; });
    BOOST_TEST(c.tenant_access_token().reveal() == "t-1");

    http->on(message_path,
             [](const http_request&, std::stop_token) -> http_result { throw std::runtime_error{"boom"}; });
    BOOST_CHECK_THROW(c.request_async({.path = message_path}).get(), std::runtime_error);
    std::promise<api_result> got;
    c.request_async({.path = message_path}, [&](api_result result) { got.set_value(std::move(result)); });
    BOOST_TEST(std::get<api_failure>(got.get_future().get()).message == "the transport threw: boom");
}

BOOST_AUTO_TEST_CASE(an_exception_of_any_kind_reaches_the_callback_without_secrets) {
    const auto failure_of_call = [](client& c) {
        std::promise<api_result> got;
        c.request_async({.method = "POST", .path = message_path}, [&](api_result r) { got.set_value(std::move(r)); });
        return std::get<api_failure>(got.get_future().get());
    };
    const std::string odd = "s\"cr\\t-of-the-app";
    client c{"cli_1", secret{odd}, http};
    http->on(token_path, [](const http_request& r, std::stop_token) -> http_result {
        throw std::runtime_error{std::string(1000, 'x') + r.body + std::string(100'000, 'x')};
    });
    http->on(token_path, token_reply("t-1-of-the-tenant"));
    const auto by_token = failure_of_call(c);
    BOOST_TEST(by_token.message.find("cr\\") == std::string::npos, by_token.message);
    BOOST_TEST(by_token.message.size() <= 1024u);
    http->on(message_path, [](const http_request& r, std::stop_token) -> http_result {
        throw std::runtime_error{"with " + authorization(r)};
    });
    http->on(message_path, [](const http_request&, std::stop_token) -> http_result { throw 42; });
    http->on(message_path, done);
    BOOST_TEST(failure_of_call(c).message == "the transport threw: with Bearer [redacted]");
    const auto odd_one = failure_of_call(c);
    BOOST_TEST(odd_one.message == "the transport threw an exception of an unknown type");
    BOOST_TEST((odd_one.kind == api_failure_kind::no_reply));
    BOOST_TEST(odd_one.error == "network_error");
    BOOST_TEST((c.request({.path = message_path}).message == "success"));
}

BOOST_AUTO_TEST_CASE(asynchronous_calls_run_in_turn_on_a_bounded_number_of_threads) {
    http->on(token_path, token_reply("t-1"));
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::counting_semaphore<64> inside{0};
    std::counting_semaphore<64> go{0};
    http->on(message_path, [&](const http_request&, std::stop_token) -> http_result {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {}
        inside.release();
        go.acquire();
        --running;
        return done;
    });
    auto c = make({.async_workers = 3});
    static_cast<void>(c.tenant_access_token());
    std::vector<std::future<api_response>> futures;
    for (int i = 0; i < 10; ++i) futures.push_back(c.request_async({.path = message_path}));
    for (int i = 0; i < 3; ++i) BOOST_REQUIRE(inside.try_acquire_for(std::chrono::seconds{30}));  // three at once
    go.release(10);
    for (auto& future : futures) BOOST_TEST((future.get().message == "success"));
    BOOST_TEST(most == 3);
}

BOOST_AUTO_TEST_CASE(a_callback_gets_the_result_or_the_failure_exactly_once) {
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, done);
    http->on("/no", ok(R"({"code":7,"msg":"no"})"));
    auto c = make();
    std::promise<api_result> good;
    std::promise<api_result> bad;
    c.request_async({.path = message_path}, [&](api_result r) { good.set_value(std::move(r)); });
    c.request_async({.path = "/no"}, [&](api_result r) { bad.set_value(std::move(r)); });
    BOOST_TEST(std::get<api_response>(good.get_future().get()).message == "success");
    BOOST_TEST(std::get<api_failure>(bad.get_future().get()).code == 7);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_client_ends_its_asynchronous_calls) {
    gate never;
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, never.answer(done));
    std::vector<std::future<api_response>> futures;
    std::atomic<int> aborted{0};
    {
        auto c = make({.async_workers = 1});
        for (int i = 0; i < 5; ++i) futures.push_back(c.request_async({.path = message_path}));
        c.request_async({.path = message_path}, [&](api_result r) {
            if (std::get<api_failure>(r).kind == api_failure_kind::aborted) ++aborted;
        });
        BOOST_REQUIRE(http->wait_for_requests(2));
    }
    for (auto& future : futures) BOOST_TEST((failure_of([&] { future.get(); }).kind == api_failure_kind::aborted));
    BOOST_TEST(aborted == 1);
    BOOST_TEST(http->sent(message_path).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_client_may_go_in_its_own_callback) {
    http->on(token_path, token_reply("t-1"));
    http->on(message_path, done);
    auto c = std::make_unique<client>(make());
    std::promise<void> gone;
    auto* raw = c.get();
    raw->request_async({.path = message_path}, [&](api_result) {
        c.reset();
        gone.set_value();
    });
    gone.get_future().get();
    BOOST_TEST(c == nullptr);
}

/// A borrowed transport that notes whether it is used after its end.
struct mortal_client final : injected::http_client {
    explicit mortal_client(injected::http_client& h) : under(h) {}
    http_result send(const http_request& request, std::stop_token stop) override {
        look();
        return under.send(request, std::move(stop));
    }
    time_point now() override {
        look();
        return under.now();
    }
    void sleep_until(time_point deadline, std::stop_token stop) override {
        look();
        under.sleep_until(deadline, std::move(stop));
    }
    void look() {
        if (gone) used_after_its_end = true;
    }

    injected::http_client& under;
    std::atomic<bool> gone{false};
    std::atomic<bool> used_after_its_end{false};
};

BOOST_AUTO_TEST_CASE(a_client_destroyed_in_its_own_callback_leaves_the_transport_alone) {
    for (const unsigned workers : {1u, 4u}) {
        http->forget(token_path);
        http->on(token_path, token_reply("t-1"));
        http->forget(message_path);
        gate first;
        http->on(message_path, first.answer(done));
        http->on(message_path, done);
        mortal_client borrowed{*http};
        const registration::app app{.client_id = "cli_1", .client_secret = secret{secret_text}};
        auto c = std::make_unique<client>(app, borrowed, client_options{.async_workers = workers});
        static_cast<void>(c->tenant_access_token());
        constexpr int count = 20;
        std::atomic<int> ended{0};
        std::promise<void> gone;
        std::atomic<bool> decided{false};
        auto* raw = c.get();
        const auto on_end = [&](const api_result&) {
            if (++ended == 1 && !decided.exchange(true)) {
                c.reset();
                borrowed.gone = true;
                // At the end of the worker, which can do no more then. ThreadSanitizer does not understand
                // `set_value_at_thread_exit`.
                thread_local std::shared_ptr<std::promise<void>> at_the_end;
                at_the_end.reset(&gone, [](auto* promise) { promise->set_value(); });
            }
        };
        raw->request_async({.path = message_path}, on_end);
        while (first.waiting == 0) std::this_thread::yield();
        std::vector<std::future<api_response>> futures;
        if (workers == 1)
            for (int i = 1; i < count; ++i) {
                raw->request_async({.path = message_path}, on_end);
                futures.push_back(raw->request_async({.path = message_path}));
            }
        first.open.release();
        gone.get_future().get();
        BOOST_TEST(ended == (workers == 1 ? count : 1), "all have ended when the client has");
        for (auto& f : futures) {
            BOOST_REQUIRE((f.wait_for(10s) == std::future_status::ready));
            BOOST_TEST((failure_of([&] { f.get(); }).kind == api_failure_kind::aborted));
        }
        BOOST_TEST(!borrowed.used_after_its_end);
    }
}

BOOST_AUTO_TEST_CASE(a_client_can_be_moved_while_its_calls_run) {
    gate slow;
    http->on(token_path, slow.answer(token_reply("t-1")));
    auto c = make();
    auto future = c.tenant_access_token_async();
    BOOST_REQUIRE(http->wait_for_requests(1));
    client moved{std::move(c)};
    slow.open.release();
    BOOST_TEST(future.get().reveal() == "t-1");
    BOOST_TEST(moved.tenant_access_token().reveal() == "t-1");
    moved = make();
    slow.open.release();
    BOOST_TEST(moved.tenant_access_token().reveal() == "t-1");
}

BOOST_AUTO_TEST_CASE(many_threads_and_stops_at_random_places) {
    std::atomic<unsigned> number{0};
    http->on(token_path, [&](const http_request&, std::stop_token stop) -> http_result {
        if (stop.stop_requested()) return transport_failure{transport_failure_kind::cut, "stopped"};
        const auto n = ++number;
        return n % 4 == 0 ? ok("", 503) : token_reply("t-" + std::to_string(n));
    });
    http->on(message_path, [&](const http_request&, std::stop_token) -> http_result {
        return ++number % 5 == 0 ? bad_token() : done;
    });
    auto c = make();
    std::atomic<int> ended{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 6; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 200; ++i) {
                    std::stop_source stop;
                    std::jthread stopper;
                    if ((i + t) % 3 == 0) stopper = std::jthread{[&] { stop.request_stop(); }};
                    try {
                        c.request({.method = "POST", .path = message_path}, stop.get_token());
                    } catch (const api_error& error) {
                        const bool known = error.kind() == api_failure_kind::aborted || error.code() == 99991663 ||
                                           error.http_status() == 503;
                        if (!known) BOOST_ERROR(error.what());
                    }
                    ++ended;
                }
            });
    }
    BOOST_TEST(ended == 1200);
}

BOOST_AUTO_TEST_SUITE_END()
