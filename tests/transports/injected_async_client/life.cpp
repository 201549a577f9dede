// SPDX-License-Identifier: MIT
// The ends that are not answers: a cancel and the destruction of the client, in every phase and from every place.
#include "fixture.hpp"

#include <functional>
#include <optional>

using namespace lark;
using namespace lark::test;

namespace {

/// A way to bring a call to a phase, and what is out then.
struct phase {
    const char* name;
    bool fetching;  // a request for a token is out
    bool sent;      // the request of the call is out
    std::function<void(async_world&)> enter;
};

const std::vector<phase> phases{
    {"new", false, false, [](async_world&) {}},
    {"the token is being fetched", true, false, [](async_world& w) { w.turn(); }},
    {"the token is waited for", false, false,
     [](async_world& w) {
         w.turn();
         w.answer_token(cut);
     }},
    {"sent", false, true,
     [](async_world& w) {
         w.turn();
         w.answer_token();
     }},
    {"tried again later", false, false,
     [](async_world& w) {
         w.turn();
         w.answer_token();
         w.answer("/a", cut);
     }},
    {"sent again", false, true,
     [](async_world& w) {
         w.turn();
         w.answer_token();
         w.answer("/a", cut);
         w.loop.run_for(1s);
     }},
    {"the token was refused", true, false,
     [](async_world& w) {
         w.turn();
         w.answer_token();
         w.answer("/a", bad_token_reply());
     }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(async_client_life)

BOOST_AUTO_TEST_CASE(a_cancel_in_every_phase) {
    for (const auto& p : phases) {
        BOOST_TEST_CONTEXT(p.name) {
            async_world w;
            const auto id = w.get("a");
            p.enter(w);
            BOOST_TEST(w.loop.out.size() == (p.fetching || p.sent ? 1u : 0u));
            BOOST_TEST(w.client->cancel(id));
            BOOST_TEST(w.take_calls() == "a: aborted");
            BOOST_TEST(w.client->empty());
            BOOST_TEST(w.loop.abandoned.size() == (p.sent ? 1u : 0u));
            BOOST_TEST(!w.client->cancel(id));
            // A request for a token continues, and brings one for the next call.
            if (p.fetching) w.answer_token(token_reply("t-7"));
            w.loop.run_for(1h);
            BOOST_TEST(w.loop.out.empty());
            BOOST_TEST(w.take_calls().empty());
            BOOST_TEST(!w.loop.timer);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_cancel_of_a_call_for_a_token) {
    async_world w;
    const auto first = w.client->tenant_access_token(w.note("a"));
    const auto second = w.client->tenant_access_token(w.note("b"));
    BOOST_TEST(w.client->cancel(first));
    BOOST_TEST(w.take_calls() == "a: aborted");
    w.turn();
    BOOST_TEST(w.client->cancel(second));
    BOOST_TEST(w.take_calls() == "b: aborted");
    BOOST_TEST(w.answer_token());
    BOOST_TEST(w.client->empty());
    w.client->tenant_access_token(w.note("c"));
    w.turn();
    BOOST_TEST(w.take_calls() == "c: ok", "the token is kept");
    BOOST_TEST(w.token_requests() == 1u);
}

BOOST_AUTO_TEST_CASE(a_cancel_leaves_the_others_alone) {
    async_world w;
    w.get("a");
    const auto b = w.get("b");
    w.turn();
    BOOST_TEST(w.client->cancel(b));
    BOOST_TEST(w.take_calls() == "b: aborted");
    w.answer_token();
    w.answer("/a", data_reply());
    BOOST_TEST(w.take_calls() == "a: ok");
    w.client->cancel_all();
    BOOST_TEST(w.take_calls().empty());
}

BOOST_AUTO_TEST_CASE(a_cancel_of_all_in_every_phase) {
    for (const auto& p : phases) {
        BOOST_TEST_CONTEXT(p.name) {
            async_world w;
            w.get("a");
            p.enter(w);
            w.post("b");
            w.client->tenant_access_token(w.note("c"));
            w.client->cancel_all();
            auto ends = w.take_calls();
            BOOST_TEST(ends.find("a: aborted") != std::string::npos);
            BOOST_TEST(ends.find("b: aborted") != std::string::npos);
            BOOST_TEST(ends.find("c: aborted") != std::string::npos);
            BOOST_TEST(w.client->empty());
            BOOST_TEST(w.loop.out.size() == (p.fetching ? 1u : 0u));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_cancel_within_a_callback_takes_effect_after_it) {
    async_world w;
    w.fetch_token();
    const auto b = w.post("b");
    w.turn();
    w.client->request({.path = "/get/a"}, [&](const auto&) {
        BOOST_TEST(w.client->cancel(b));
        BOOST_TEST(w.words.empty());
        w.words.emplace_back("a");
    });
    w.turn();
    w.answer("/a", data_reply());
    BOOST_TEST(w.take_calls() == "a, b: aborted");
}

BOOST_AUTO_TEST_CASE(an_answer_that_the_loop_has_given_counts_before_a_cancel) {
    async_world w;
    w.fetch_token();
    std::optional<call_id> a;
    w.loop.on_start = [&](injected::request_handle id, const http_request&) {
        w.loop.answer(id, data_reply());
        BOOST_TEST(w.client->cancel(*a));
    };
    a = w.post("a");
    w.turn();
    BOOST_TEST(w.take_calls() == "a: ok");
    BOOST_TEST(w.loop.abandoned.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_within_abandon_request_is_ignored) {
    async_world w;
    w.fetch_token();
    const auto a = w.post("a");
    w.turn();
    w.loop.on_abandon = [&](injected::request_handle id) { BOOST_TEST(!w.loop.answer(id, data_reply())); };
    BOOST_TEST(w.client->cancel(a));
    BOOST_TEST(w.take_calls() == "a: aborted");
    w.post("b");
    w.turn();
    w.client.reset();
    BOOST_TEST(w.take_calls().empty());
}

BOOST_AUTO_TEST_CASE(ids_of_ended_calls_are_unknown) {
    async_world w;
    w.fetch_token();
    const auto a = w.post("a");
    w.turn();
    w.answer("/a", data_reply());
    const auto b = w.post("b");  // may take the slot of the first
    BOOST_TEST((a != b));
    BOOST_TEST(!w.client->cancel(a));
    BOOST_TEST(!w.client->cancel(call_id{}));
    w.turn();
    w.answer("/b", data_reply());
    BOOST_TEST(w.take_calls() == "a: ok, b: ok");
}

BOOST_AUTO_TEST_CASE(destroyed_in_every_phase_it_calls_nothing) {
    for (const auto& p : phases) {
        BOOST_TEST_CONTEXT(p.name) {
            async_world w;
            w.get("a");
            p.enter(w);
            w.client->tenant_access_token(w.note("token"));
            w.client.reset();
            BOOST_TEST(w.take_calls().empty());
            BOOST_TEST(w.loop.out.empty());
            BOOST_TEST(!w.loop.timer);
            w.make();  // the loop is free for the next one
            w.get("b");
            w.turn();
            w.answer_token();
            w.answer("/b", data_reply());
            BOOST_TEST(w.take_calls() == "b: ok");
        }
    }
}

BOOST_AUTO_TEST_CASE(destroyed_in_a_callback) {
    using place = std::function<void(async_world&, std::function<void()>)>;
    const std::vector<std::pair<const char*, place>> places{
        {"done, by an answer",
         [](async_world& w, auto destroy) {
             w.fetch_token();
             w.client->request({.path = "/get/a"}, [=](const auto&) { destroy(); });
             w.post("b");
             w.turn();
             w.answer("/a", data_reply());
         }},
        {"done, by the timer",
         [](async_world& w, auto destroy) {
             w.fetch_token();
             w.client->request({.method = "POST", .path = "/post/a"}, [=](const auto&) { destroy(); });
             w.post("b");
             w.turn();
             w.loop.run_for(15s);
         }},
        {"done, by a cancel",
         [](async_world& w, auto destroy) {
             const auto id = w.client->request({.path = "/get/a"}, [=](const auto&) { destroy(); });
             w.post("b");
             w.client->cancel(id);
         }},
        {"done, by a cancel of all",
         [](async_world& w, auto destroy) {
             w.client->request({.path = "/get/a"}, [=](const auto&) { destroy(); });
             w.post("b");
             w.client->cancel_all();
         }},
        {"done, with the token",
         [](async_world& w, auto destroy) {
             w.client->tenant_access_token([=](const auto&) { destroy(); });
             w.post("b");
             w.turn();
             w.answer_token();
         }},
        {"done, that throws",
         [](async_world& w, auto destroy) {
             w.client->tenant_access_token([=](const auto&) {
                 destroy();
                 throw std::runtime_error{"after the end"};
             });
             w.post("b");
             w.turn();
             BOOST_CHECK_THROW(w.answer_token(), std::runtime_error);
         }},
        {"on_trace, of the token",
         [](async_world& w, auto destroy) {
             w.make({.on_trace = [=](const auto&) { destroy(); }});
             w.post("b");
             w.turn();
             w.answer_token();
         }},
        {"on_trace, of a call",
         [](async_world& w, auto destroy) {
             w.make({.on_trace = [=](const registration::trace_event& e) {
                 if (e.exchange.step == registration::exchange_step::call) destroy();
             }});
             w.post("b");
             w.turn();
             w.answer_token();
             w.answer("/b", data_reply());
         }},
        {"on_trace, of a timeout",
         [](async_world& w, auto destroy) {
             w.make({.on_trace = [=](const auto&) { destroy(); }});
             w.post("b");
             w.turn();
             w.loop.run_for(15s);
         }},
        {"credentials_provider",
         [](async_world& w, auto destroy) {
             w.make({.credentials_provider = [=](std::string_view) {
                 destroy();
                 return secret{"jwt"};
             }});
             w.post("b");
             w.turn();
         }},
        {"credentials_provider, that throws",
         [](async_world& w, auto destroy) {
             w.make({.credentials_provider = [=](std::string_view) -> secret {
                 destroy();
                 throw 42;
             }});
             w.post("b");
             w.turn();
         }},
    };
    for (const auto& [name, at] : places) {
        BOOST_TEST_CONTEXT(name) {
            async_world w;
            bool destroyed = false;
            std::size_t log = 0;
            at(w, [&] {
                w.client.reset();
                destroyed = true;
                log = w.loop.log.size();
            });
            BOOST_TEST(destroyed);
            BOOST_TEST(w.take_calls().empty());
            BOOST_TEST(w.loop.out.empty());
            BOOST_TEST(!w.loop.timer);
            BOOST_TEST(w.loop.log.size() == log);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_loop_may_call_while_the_client_is_destroyed) {
    async_world w;
    w.fetch_token();
    for (int i = 0; i < 5; ++i) w.post(std::to_string(i));
    w.turn();
    w.loop.on_abandon = [&](injected::request_handle id) {
        BOOST_TEST(!w.loop.answer(id, data_reply()));
        if (!w.loop.out.empty()) BOOST_TEST(!w.loop.answer(w.loop.log.back().id, data_reply()), "of another call");
        w.loop.timer_expired();
    };
    w.client.reset();
    BOOST_TEST(w.loop.abandoned.size() == 5u);
    BOOST_TEST(w.take_calls().empty());
    BOOST_TEST(!w.loop.timer);
}

BOOST_AUTO_TEST_SUITE_END()
