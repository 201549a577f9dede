// SPDX-License-Identifier: MIT
// Every sequence of a small alphabet of inputs, to a fixed depth, with the invariants held at each step.
#include "open_platform/support.hpp"

#include <algorithm>
#include <set>

using namespace lark;
using namespace lark::open_platform;
using namespace lark::open_platform::test;

namespace {

struct modelled_token {
    token_flow flow{"cli_1", secret{app_secret}};
    time_point now = from_origin(1h);
    std::set<waiter_id> waiting;
    std::uint64_t last_request = 0;
    request_id out{};  // that no answer, timeout or interruption has ended
    time_point out_until{};
    std::set<token_id> rejected;
    token_id last_token{};

    void drain() {
        for (;;) {
            const auto output = flow.poll_output(now);
            if (const auto* granted = std::get_if<token_granted>(&output)) {
                BOOST_REQUIRE(waiting.erase(granted->who) == 1);
                BOOST_REQUIRE(!rejected.contains(granted->id));
                BOOST_REQUIRE(!granted->token.empty());
                last_token = granted->id;
            } else if (const auto* refused = std::get_if<token_refused>(&output)) {
                BOOST_REQUIRE(waiting.erase(refused->who) == 1);
                BOOST_REQUIRE(!describe(*refused->why).empty());
            } else if (const auto* abandoned = std::get_if<abandon_request>(&output)) {
                BOOST_REQUIRE(abandoned->request_id == out);
                out = {};
            } else if (const auto* send = std::get_if<send_token_request>(&output)) {
                BOOST_REQUIRE(out == request_id{});  // one at most
                BOOST_REQUIRE(static_cast<std::uint64_t>(send->request_id) > last_request);
                BOOST_REQUIRE(send->timeout > duration::zero());
                BOOST_REQUIRE(!waiting.empty());  // no caller waits, so nothing is sent
                last_request = static_cast<std::uint64_t>(send->request_id);
                out = send->request_id;
                out_until = now + send->timeout;
            } else if (const auto* wait = std::get_if<wait_until>(&output)) {
                BOOST_REQUIRE(wait->deadline > now);
                BOOST_REQUIRE((out == request_id{} || wait->deadline == out_until));
                return;
            } else {
                BOOST_REQUIRE(std::holds_alternative<idle>(output));
                BOOST_REQUIRE(waiting.empty());
                BOOST_REQUIRE(out == request_id{});
                return;
            }
        }
    }

    void answered(const http_response& response) {
        const auto taken = flow.handle_response(out, now, response);
        BOOST_REQUIRE((taken == accepted::yes) == (out != request_id{}));
        out = {};
    }
};

using step = void (*)(modelled_token&);

const std::vector<step>& token_steps() {
    static const std::vector<step> steps{
        [](modelled_token& w) { w.waiting.insert(w.flow.ask(w.now)); },
        [](modelled_token& w) {
            if (w.waiting.empty()) return;
            w.flow.drop(*w.waiting.begin());
            w.waiting.erase(w.waiting.begin());
        },
        [](modelled_token& w) { w.answered(token_reply()); },
        [](modelled_token& w) { w.answered(refusal(10014, "no")); },
        [](modelled_token& w) { w.answered(reply("", 503)); },
        [](modelled_token& w) {
            const auto taken = w.flow.handle_interrupted(w.out, w.now);
            BOOST_REQUIRE((taken == accepted::yes) == (w.out != request_id{}));
            w.out = {};
        },
        [](modelled_token& w) {
            BOOST_REQUIRE(w.flow.handle_response(request_id{999}, w.now, token_reply()) == accepted::stale);
        },
        [](modelled_token& w) {
            w.flow.reject(w.last_token);
            if (w.last_token != token_id{}) w.rejected.insert(w.last_token);
        },
        [](modelled_token& w) {
            const auto output = w.flow.poll_output(w.now);
            const auto* wait = std::get_if<wait_until>(&output);
            w.now = wait != nullptr ? wait->deadline : w.now + 1s;
            w.flow.handle_time(w.now);
        },
        [](modelled_token& w) {
            w.now += 6700s;  // into the last ten minutes of a token
            w.flow.handle_time(w.now);
        },
    };
    return steps;
}

std::size_t explore(const modelled_token& model, int depth) {
    std::size_t visited = 1;
    if (depth == 0) return visited;
    for (const auto& take : token_steps()) {
        auto next = model;
        take(next);
        next.drain();
        visited += explore(next, depth - 1);
    }
    return visited;
}

/// From any state, a flow whose every request fails comes to an end.
void comes_to_rest(modelled_token model) {
    for (int i = 0; i < 20 && model.flow.state_name() != "idle"; ++i) {
        const auto output = model.flow.poll_output(model.now);
        model.now = std::get<wait_until>(output).deadline;
        model.flow.handle_time(model.now);
        model.drain();
    }
    BOOST_TEST(model.flow.state_name() == "idle");
    BOOST_TEST(model.waiting.empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exploration)

BOOST_AUTO_TEST_CASE(every_sequence_of_inputs_keeps_the_rules_of_tokens) {
    modelled_token start;
    start.drain();
    BOOST_TEST(explore(start, 5) == 111'111u);
}

BOOST_AUTO_TEST_CASE(every_fetch_ends) {
    for (const auto& first : token_steps())
        for (const auto& second : token_steps())
            for (const auto& third : token_steps()) {
                modelled_token model;
                for (const auto& take : {first, second, third}) {
                    take(model);
                    model.drain();
                }
                comes_to_rest(model);
            }
}

namespace {

struct modelled_call {
    call_flow flow;
    bool idempotent;
    time_point now = from_origin(1h);
    std::uint64_t last_request = 0;
    request_id out{};
    bool wants_token = false;
    unsigned tokens = 0;
    unsigned sent = 0;
    unsigned bad_tokens = 0;
    std::optional<std::size_t> result_index{};

    void drain() {
        wants_token = false;
        for (;;) {
            const auto output = flow.poll_output(now);
            if (result_index) BOOST_REQUIRE(flow.result()->index() == *result_index);  // an outcome never changes
            if (std::holds_alternative<reject_token>(output)) {
                BOOST_REQUIRE(tokens > 0);
            } else if (std::holds_alternative<need_token>(output)) {
                BOOST_REQUIRE(out == request_id{});
                wants_token = true;
                return;
            } else if (const auto* abandoned = std::get_if<abandon_request>(&output)) {
                BOOST_REQUIRE(abandoned->request_id == out);
                out = {};
            } else if (const auto* send = std::get_if<send_call>(&output)) {
                BOOST_REQUIRE(out == request_id{});
                BOOST_REQUIRE(static_cast<std::uint64_t>(send->request_id) > last_request);
                last_request = static_cast<std::uint64_t>(send->request_id);
                out = send->request_id;
                ++sent;
                // Sent again only after a bad token, once, or if it is idempotent.
                BOOST_REQUIRE(sent <= (idempotent ? 3u : 1u) + std::min(bad_tokens, 1u));
            } else if (const auto* wait = std::get_if<wait_until>(&output)) {
                BOOST_REQUIRE(wait->deadline > now);
                return;
            } else {
                BOOST_REQUIRE(std::holds_alternative<finished>(output));
                BOOST_REQUIRE(flow.result() != nullptr);
                result_index = flow.result()->index();
                return;
            }
        }
    }

    void answered(const http_response& response) {
        const auto taken = flow.handle_response(out, now, response);
        BOOST_REQUIRE((taken == accepted::yes) == (out != request_id{}));
        out = {};
    }
};

using call_step = void (*)(modelled_call&);

const std::vector<call_step>& call_steps() {
    static const std::vector<call_step> steps{
        [](modelled_call& w) {
            const token_granted granted{waiter_id{1}, token_id{w.tokens + 1}, first_token, w.now + 1h};
            const auto taken = w.flow.handle_token(w.now, granted);
            BOOST_REQUIRE((taken == accepted::yes) == w.wants_token);
            if (taken == accepted::yes) ++w.tokens;
        },
        [](modelled_call& w) {
            const auto taken = w.flow.handle_no_token(w.now, {.code = 10014});
            BOOST_REQUIRE((taken == accepted::yes) == w.wants_token);
        },
        [](modelled_call& w) { w.answered(reply(R"({"code":0,"data":{}})")); },
        [](modelled_call& w) { w.answered(refusal(230001, "no")); },
        [](modelled_call& w) {
            if (w.out != request_id{}) ++w.bad_tokens;
            w.answered(bad_token());
        },
        [](modelled_call& w) { w.answered(reply("", 502)); },
        [](modelled_call& w) {
            const auto taken = w.flow.handle_failure(w.out, w.now, cut());
            BOOST_REQUIRE((taken == accepted::yes) == (w.out != request_id{}));
            w.out = {};
        },
        [](modelled_call& w) { w.flow.cancel(); },
        [](modelled_call& w) {
            const auto output = w.flow.poll_output(w.now);
            const auto* wait = std::get_if<wait_until>(&output);
            w.now = wait != nullptr ? wait->deadline : w.now + 1s;
            w.flow.handle_time(w.now);
        },
        [](modelled_call& w) {
            BOOST_REQUIRE(w.flow.handle_response(request_id{999}, w.now, reply("{}")) == accepted::stale);
        },
    };
    return steps;
}

std::size_t explore(const modelled_call& model, int depth) {
    std::size_t visited = 1;
    if (depth == 0) return visited;
    for (const auto& take : call_steps()) {
        auto next = model;
        take(next);
        next.drain();
        visited += explore(next, depth - 1);
    }
    return visited;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_sequence_of_inputs_keeps_the_rules_of_calls) {
    for (const auto* method : {"GET", "POST"}) {
        modelled_call start{.flow = call_flow{{.method = method, .path = "/x"}},
                            .idempotent = std::string{method} == "GET"};
        start.drain();
        BOOST_TEST(explore(start, 5) == 111'111u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
