// SPDX-License-Identifier: MIT
// Memory runs out at the n-th allocation while an answer is delivered, for every n: the answer is not lost. A driver
// that lost one would wait for it until the timeout of its request.
#include "../injected_async_client/fixture.hpp"
#include "../injected_client/scripted_client.hpp"
#include "support/failing_allocation.hpp"

#include <lark/injected/client.hpp>
#include <lark/injected/registrar.hpp>
#include <lark/injected/shared_loop.hpp>

#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <vector>

using namespace lark;
using namespace lark::test;
using injected::flow_set;
using injected::request_handle;

namespace {

/// Answers while the n-th allocation fails. Whether one has failed.
bool answer_without_memory(scripted_loop& loop, request_handle to, http_result result, long n) {
    const failing_allocation here{n};
    try {
        loop.answer(to, std::move(result));
    } catch (const std::bad_alloc&) {}
    return here.has_failed();
}

/// Answers all requests so until `over`. Whether an allocation has failed.
template <class Over, class Reply>
bool run_without_memory(scripted_loop& loop, Over over, Reply reply_to, long n) {
    bool failed = false;
    const auto begin = loop.clock;
    while (!over()) {
        if (loop.out.empty()) {
            loop.fire();
            continue;
        }
        const auto& [id, request] = *loop.out.begin();
        failed = answer_without_memory(loop, id, reply_to(request), n) || failed;
    }
    BOOST_TEST((loop.clock - begin < 5s), "a request has run into its timeout");
    return failed;
}

/// Remembers nothing but that it was called.
struct counting_handler final : injected::event_handler {
    bool handle_result(request_handle, http_result) override {
        ++results;
        return true;
    }
    void handle_timer() override {}
    int results = 0;
};

/// Has no memory left in its first turn after `fails`.
class failing_loop final : public injected::runnable_event_loop {
public:
    explicit failing_loop(std::shared_future<void> fails) : fails_{std::move(fails)} {}

    void run_once() override {
        fails_.wait();
        failing_allocation::use_up_memory();
        throw std::bad_alloc{};
    }
    void wake() noexcept override {}
    void start_request(request_handle, http_request) override {}
    void abandon_request(request_handle) noexcept override {}
    void arm_timer(time_point) override {}
    void disarm_timer() override {}

private:
    std::shared_future<void> fails_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(injected_memory)

// A container of answers may need memory for some of them only, so there are several.
BOOST_AUTO_TEST_CASE(a_flow_set_takes_every_answer) {
    for_every_allocation([](long n) {
        scripted_loop loop;
        flow_set set{loop, at_once};
        int ended = 0;
        bool failed = false;
        for (int i = 1; i <= 10; ++i) {
            set.add({.on_qr_code = [](const auto&) {},
                     .on_finished = [&](const auto&, const std::exception_ptr&) { ++ended; }},
                    straight());
            const auto reply_to = [](const http_request& request) {
                return step_of(request) == "begin" ? begin_reply("dc-1", 1) : app_reply();
            };
            failed = run_without_memory(
                         loop, [&] { return set.empty(); }, reply_to, n) ||
                     failed;
            BOOST_TEST(ended == i);
        }
        return failed;
    });
}

BOOST_AUTO_TEST_CASE(an_api_client_takes_every_answer) {
    for_every_allocation([](long n) {
        async_world w;
        int ended = 0;
        bool failed = false;
        for (int i = 1; i <= 10; ++i) {
            w.client->request({.path = bot_path}, [&](const auto&) { ++ended; });
            const auto reply_to = [](const http_request& request) {
                return fetches_token(request) ? token_reply() : data_reply();
            };
            failed = run_without_memory(
                         w.loop, [&] { return w.client->empty(); }, reply_to, n) ||
                     failed;
            BOOST_TEST(ended == i);
        }
        return failed;
    });
}

BOOST_AUTO_TEST_CASE(a_blocking_api_client_serves_the_next_call) {
    for (const bool with_secret : {true, false}) {
        for_every_allocation([with_secret](long n) {
            const auto http = std::make_shared<injected::test::scripted_client>();
            http->on("/open-apis/auth/v3/tenant_access_token/internal", token_reply());
            http->on("/oauth/v3/token", reply(200, R"({"code":0,"access_token":"t-1","expires_in":7200})"));
            http->on(bot_path, data_reply());
            client_options options;
            if (!with_secret) options.credentials_provider = [](std::string_view) { return secret{"an.assertion"}; };
            injected::client client{"cli_1", with_secret ? secret{secret_text} : secret{}, http, options};
            bool failed = false;
            {
                const failing_allocation here{n};
                try {
                    client.request({.path = bot_path});
                } catch (const std::exception&) {}
                failed = here.has_failed();
            }
            const auto begin = http->now();
            BOOST_CHECK_NO_THROW(client.request({.path = bot_path}));
            BOOST_TEST((http->now() - begin < 5s), "a request has run into its timeout");
            return failed;
        });
    }
}

// The first call uses up the memory of the only worker; the second one finds none.
BOOST_AUTO_TEST_CASE(calls_on_a_thread_without_memory_have_their_ends,
                     *boost::unit_test::enable_if<can_replace_operator_new>()) {
    const auto http = std::make_shared<injected::test::scripted_client>();
    http->on("/open-apis/auth/v3/tenant_access_token/internal",
             [](const http_request&, const std::stop_token&) -> http_result {
                 failing_allocation::use_up_memory();
                 throw std::bad_alloc{};
             });
    injected::client client{"cli_1", secret{secret_text}, http, {.async_workers = 1}};
    std::promise<api_result> first, second;
    for (auto* const end : {&first, &second})
        client.request_async({.path = bot_path},
                             [end](api_result result) noexcept { end->set_value(std::move(result)); });
    for (auto* const end : {&first, &second}) {
        const auto result = end->get_future().get();
        BOOST_REQUIRE(std::holds_alternative<api_failure>(result));
        BOOST_TEST(std::get<api_failure>(result).message == "out of memory");
    }
}

BOOST_AUTO_TEST_CASE(a_shared_loop_keeps_an_answer_that_comes_in_anothers_call) {
    scripted_loop loop;
    injected::shared_loop shared{loop};
    injected::shared_loop::view one{shared}, other{shared};
    counting_handler of_one, of_other;
    one.attach(of_one);
    other.attach(of_other);
    for (int i = 1; i <= 10; ++i) {
        const request_handle id{static_cast<std::uint64_t>(i)};
        one.start_request(id, {});
        const auto its = loop.last().id;
        loop.on_start = [&](request_handle, const http_request&) {
            BOOST_TEST(!answer_without_memory(loop, its, {}, 0));  // no memory is needed
        };
        other.start_request(id, {});
        loop.on_start = {};
        loop.fire();
        BOOST_TEST(of_one.results == i);
    }
    one.detach(of_one);
    other.detach(of_other);
}

// And no memory is left to report it.
BOOST_AUTO_TEST_CASE(a_registrar_whose_loop_runs_out_of_memory_ends_all) {
    std::promise<void> fails;
    injected::registrar all{std::make_unique<failing_loop>(fails.get_future().share())};
    std::vector<injected::registration_handle> handles;
    for (int i = 0; i < 3; ++i) {  // one at least is not begun yet
        registration::async_handlers handlers;
        handlers.on_qr_code = [](const auto&) {};
        handles.push_back(all.start(std::move(handlers)));
    }
    fails.set_value();
    for (auto& handle : handles) BOOST_CHECK_THROW((void)handle.get(), std::bad_alloc);
}

BOOST_AUTO_TEST_SUITE_END()
