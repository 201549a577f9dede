// SPDX-License-Identifier: MIT
// Counters of a registrar and of its loop, and the state of a handle.
#include "accounts_script.hpp"

#include <lark/poco.hpp>

#include <future>
#include <string>
#include <utility>
#include <vector>

using namespace lark;
using namespace lark::test;
using lark::registration::registration_phase;

namespace {

struct fixture : tls_fixture {
    accounts_script service{.tls = &good};
    scripted_server server{[this](peer& client) { service(client); }};
};

registration::async_handlers silent() {
    return {.on_qr_code = [](const registration::qr_code&) {}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_stats, fixture)

BOOST_AUTO_TEST_CASE(a_registrar_counts_requests_connections_and_handshakes) {
    poco::registrar many{options()};
    std::vector<injected::registration_handle> handles;
    for (int i = 0; i < 12; ++i) handles.push_back(many.start(silent(), at(server)));
    for (auto& handle : handles) static_cast<void>(handle.get());
    handles.push_back(
        many.start(silent(), at(server)));  // the loop takes another turn, and publishes its counters before it
    static_cast<void>(handles.back().get());
    const auto now = many.stats();
    BOOST_TEST(now.flows.requests >= 36u);
    BOOST_TEST((now.flows.polling <= 1u && now.flows.expiring == 0u && now.to_begin == 0u));
    BOOST_TEST((now.connections.handshakes_full >= 1u && now.connections.opening == 0u));
    BOOST_TEST(now.connections.handshakes_full + now.connections.handshakes_resumed >= now.connections.open);
    BOOST_TEST(now.connections.idle <= now.connections.open);
}

BOOST_AUTO_TEST_CASE(a_handle_has_the_state) {
    service.pending = 1'000'000;
    std::promise<void> polled;
    auto handlers = silent();
    std::vector<registration::trace_event> events;
    handlers.on_trace = [&](const registration::trace_event& e) {
        events.push_back(e);
        if (events.size() == 3) polled.set_value();
    };
    poco::registrar one{options()};
    auto handle = one.start(std::move(handlers), at(server));
    polled.get_future().wait();
    const auto state = handle.state();
    BOOST_TEST((state.phase == registration_phase::polling && state.polls >= 1u && state.last_error.empty()));
    BOOST_TEST((state.last_exchange->result == registration::exchange_result::pending));
    BOOST_TEST(state.last_exchange->exchange.host.text() == server.url("https", "127.0.0.1", "").substr(8));
    handle.cancel();
    BOOST_TEST((handle.state().phase == registration_phase::finished && !handle.state().next_request_at));
}

BOOST_AUTO_TEST_CASE(a_handle_has_the_last_error) {
    std::promise<void> failed;
    auto handlers = silent();
    bool reported = false;
    handlers.on_status_change = [&](const registration::status_change& change) {
        if (change.status == registration::status::retrying && !std::exchange(reported, true)) failed.set_value();
    };
    auto opts = at(server);
    opts.domain = opts.lark_domain = "https://127.0.0.1:1";
    poco::registrar one{options()};
    auto handle = one.start(std::move(handlers), opts);
    failed.get_future().wait();
    const auto state = handle.state();
    BOOST_TEST((state.phase == registration_phase::starting && state.polls == 0u));
    BOOST_TEST(has(state.last_error, "127.0.0.1:1"));
    BOOST_TEST((state.last_exchange->exchange.failure == transport_failure_kind::connect));
    handle.cancel();
}

BOOST_AUTO_TEST_SUITE_END()
