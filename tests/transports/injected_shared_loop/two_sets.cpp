// SPDX-License-Identifier: MIT
// Two flow_sets over one loop of the fake: each sees what it sees alone.
#include <lark/fake.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/injected/shared_loop.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace lark;
using namespace std::chrono_literals;
using injected::flow_set;
using injected::shared_loop;

namespace {

/// The calls of one set's handlers, and their times.
struct call_log {
    std::vector<std::string> lines;

    void add(flow_set& set, fake::event_loop& loop, const std::string& name, const registration::options& options) {
        const auto note = [this, &loop, name, from = loop.now()](const std::string& what) {
            const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(loop.now() - from).count();
            lines.push_back(name + " " + std::to_string(ms) + " " + what);
        };
        set.add({.on_qr_code = [note](const auto&) { note("qr"); },
                 .on_status_change = [note](const auto& s) { note(std::string{to_string(s.status)}); },
                 .on_finished =
                     [note](const registration::outcome& o, const std::exception_ptr&) {
                         const auto* why = std::get_if<registration::failure>(&o);
                         note(why == nullptr ? "app" : why->code);
                     },
                 .on_trace = [note](const auto& event) { note(std::string{to_string(event.exchange.step)}); }},
                options);
    }
};

void fill(call_log& h, flow_set& set, fake::event_loop& loop, const std::string& name) {
    h.add(set, loop, name + "-1", {});
    h.add(set, loop, name + "-2", {.check_auth_methods = false, .give_up_after = 40s});
    h.add(set, loop, name + "-3", {.request_timeout = name == "a" ? 3s : 200ms, .start_budget = 10s});
}

fake::service_options service_options() { return {.lifetime = 120s, .interval = 5s, .approve_after = 61s}; }

std::vector<std::string> alone(const std::string& name, std::chrono::milliseconds latency) {
    fake::accounts_service service{service_options()};
    fake::event_loop loop{service, {.latency = latency}};
    flow_set set{loop};
    call_log h;
    fill(h, set, loop, name);
    loop.run(set);
    return h.lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(two_flow_sets_over_one_loop_see_what_each_sees_alone) {
    for (const auto latency : {0ms, 40ms, 450ms}) {
        fake::accounts_service service{service_options()};
        fake::event_loop loop{service, {.latency = latency}};
        shared_loop shared{loop};
        shared_loop::view view_a{shared};
        shared_loop::view view_b{shared};
        flow_set set_a{view_a};
        flow_set set_b{view_b};
        call_log a;
        call_log b;
        fill(a, set_a, loop, "a");
        fill(b, set_b, loop, "b");
        loop.run(set_a);
        loop.run(set_b);
        BOOST_TEST(a.lines == alone("a", latency), boost::test_tools::per_element());
        BOOST_TEST(b.lines == alone("b", latency), boost::test_tools::per_element());
        BOOST_TEST(a.lines.size() > 10u);
    }
}

BOOST_AUTO_TEST_CASE(a_set_that_is_destroyed_takes_nothing_from_the_other) {
    fake::accounts_service service{service_options()};
    fake::event_loop loop{service, {.latency = 40ms}};
    shared_loop shared{loop};
    auto view_a = std::make_unique<shared_loop::view>(shared);
    shared_loop::view view_b{shared};
    auto set_a = std::make_unique<flow_set>(*view_a);
    flow_set set_b{view_b};
    call_log a;
    call_log b;
    fill(a, *set_a, loop, "a");
    fill(b, set_b, loop, "b");
    loop.run_for(5s);
    while (set_a->requests_in_flight() == 0) loop.run_once();
    const auto before = a.lines;
    set_a.reset();
    view_a.reset();
    loop.run(set_b);
    BOOST_TEST(a.lines == before, boost::test_tools::per_element());
    BOOST_TEST(b.lines == alone("b", 40ms), boost::test_tools::per_element());
}
