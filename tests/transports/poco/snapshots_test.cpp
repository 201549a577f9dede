// SPDX-License-Identifier: MIT
// Poco's entry points with a snapshot: what <lark/injected/snapshots.hpp> promises, over sockets, TLS and threads.
#include "accounts_script.hpp"

#include <lark/poco.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

using namespace lark;
using namespace lark::test;
using lark::injected::registration_handle;
using lark::poco::registrar;
using lark::registration::async_handlers;
using lark::registration::invalid_option;
using lark::registration::snapshot;

namespace {

struct fixture : tls_fixture {
    accounts_script service{.tls = &good};
    scripted_server server{[this](peer& client) { service(client); }};

    /// Begun, and gone over to another process as text.
    [[nodiscard]] snapshot begun() {
        return snapshot::parse(lark::begin_registration(at(server), options()).snapshot.text());
    }
};

std::string code_of(registration_handle& handle) {
    try {
        return handle.get().client_id;
    } catch (const register_app_error& error) {
        return error.code();
    }
}

const auto is_other_host = [](const invalid_option& error) { return error.option() == "lark_domain"; };

}  // namespace

BOOST_FIXTURE_TEST_SUITE(poco_snapshots, fixture)

BOOST_AUTO_TEST_CASE(begun_here_and_finished_there) {
    const auto begun = lark::begin_registration(at(server), options());
    BOOST_TEST(begun.qr_code.user_code == "marked-user");
    BOOST_TEST(service.polls == 0);
    service.pending = 1;
    std::vector<std::string> calls;
    const auto app =
        lark::resume_registration({.on_qr_code = [&](const auto& qr) { calls.push_back(qr.user_code); },
                                   .on_status_change = [&](const auto& s) { calls.emplace_back(to_string(s.status)); },
                                   .on_snapshot = [&](const snapshot&) { calls.emplace_back("snapshot"); }},
                                  snapshot::parse(begun.snapshot.text()), at(server), options());
    BOOST_TEST(app.client_id == "cli_1");
    BOOST_TEST((calls == std::vector<std::string>{"snapshot", "marked-user", "polling"}));
    BOOST_TEST(service.begins == 1);
    BOOST_TEST(service.polls == 2);
}

BOOST_AUTO_TEST_CASE(wrong_options_send_nothing) {
    const auto from = begun();
    const int asked = server.requests;
    auto elsewhere = at(server);
    elsewhere.lark_domain = "https://evil.test";
    BOOST_CHECK_EXCEPTION(lark::resume_registration({}, from, elsewhere, options()), invalid_option, is_other_host);
    BOOST_CHECK_EXCEPTION((void)lark::poll_once(from, elsewhere, options()), invalid_option, is_other_host);
    BOOST_CHECK_EXCEPTION((void)lark::resume_registration_async({}, from, elsewhere, options()), invalid_option,
                          is_other_host);
    registrar many{options()};
    BOOST_CHECK_EXCEPTION((void)many.start({}, from, elsewhere), invalid_option, is_other_host);
    BOOST_TEST(many.size() == 0u);
    auto http = options();
    http.ca_file = "/nowhere";
    const auto names_file = [](const invalid_option& error) { return error.option() == "ca_file"; };
    BOOST_CHECK_EXCEPTION((void)lark::begin_registration(at(server), http), invalid_option, names_file);
    BOOST_CHECK_EXCEPTION((void)lark::poll_once(from, at(server), http), invalid_option, names_file);
    BOOST_TEST(server.requests == asked);
}

BOOST_AUTO_TEST_CASE(one_poll_a_call) {
    service.pending = 1;
    service.interval = 30;
    const auto from = begun();
    const auto first = lark::poll_once(from, at(server), options());
    const auto* pending = std::get_if<still_pending>(&first);
    BOOST_REQUIRE(pending != nullptr);
    BOOST_TEST(pending->snapshot.view().polls == 1u);
    const auto again = lark::poll_once(pending->snapshot, at(server), options());
    BOOST_REQUIRE(std::holds_alternative<not_due>(again));
    BOOST_TEST((std::get<not_due>(again).until == pending->snapshot.view().next_poll_at));
    BOOST_TEST(service.polls == 1);
    // The one before is due still, and the user has approved.
    BOOST_TEST(std::get<registration::app>(lark::poll_once(from, at(server), options())).client_id == "cli_1");
    service.poll_end = R"({"error":"access_denied"})";
    BOOST_TEST(std::get<registration::failure>(lark::poll_once(from, at(server), options())).code == "access_denied");
}

BOOST_AUTO_TEST_CASE(a_stop_leaves_what_can_be_carried_on) {
    service.pending = 1000;
    const auto from = begun();
    std::optional<snapshot> saved;
    std::stop_source stop;
    auto running = std::async(std::launch::async, [&] {
        try {
            (void)lark::resume_registration({.on_snapshot = [&](const snapshot& s) { saved = s; }}, from, at(server),
                                            options(), stop.get_token());
        } catch (const register_app_error& error) {
            return error.code();
        }
        return std::string{"ended"};
    });
    BOOST_TEST(server.wait_reached());
    stop.request_stop();
    BOOST_TEST(running.get() == "abort");
    BOOST_REQUIRE(saved.has_value());
    service.pending = 0;
    BOOST_TEST(lark::resume_registration({}, *saved, at(server), options()).client_id == "cli_1");
}

BOOST_AUTO_TEST_CASE(in_the_background) {
    service.pending = 1;
    std::vector<std::string> calls;
    async_handlers handlers;
    handlers.on_qr_code = [&](const auto& qr) { calls.push_back(qr.user_code); };
    handlers.on_status_change = [&](const auto& s) { calls.emplace_back(to_string(s.status)); };
    handlers.on_snapshot = [&](const snapshot&) { calls.emplace_back("snapshot"); };
    handlers.on_finished = [&](const registration::outcome& end) {
        calls.push_back(std::get<registration::app>(end).client_id);
    };
    const auto from = begun();
    auto handle = lark::resume_registration_async(handlers, from, at(server), options());
    BOOST_TEST(handle.get().client_id == "cli_1");
    BOOST_TEST((calls == std::vector<std::string>{"snapshot", "marked-user", "polling", "cli_1"}));
    // No handler is needed.
    auto silent = lark::resume_registration_async({}, begun(), at(server), options());
    BOOST_TEST(silent.get().client_id == "cli_2");
}

BOOST_AUTO_TEST_CASE(a_registrar_carries_on_what_another_one_dropped) {
    constexpr int count = 12;
    service.pending = 1'000'000;
    std::mutex mutex;
    std::vector<std::optional<snapshot>> saved(count);
    {
        registrar first{options()};
        std::vector<registration_handle> handles;
        for (auto& latest : saved) {
            async_handlers handlers;
            handlers.on_qr_code = [](const auto&) {};
            handlers.on_snapshot = [&mutex, &latest](const snapshot& s) {
                const std::lock_guard lock{mutex};
                latest = s;
            };
            handles.push_back(first.start(std::move(handlers), at(server)));
        }
        BOOST_TEST(server.wait_reached(count));
    }
    service.pending = 0;
    registrar second{options()};
    std::atomic<int> links = 0;
    std::atomic<int> ends = 0;
    std::vector<std::vector<registration_handle>> handles(3);
    std::vector<std::thread> starting;
    for (std::size_t part = 0; part < handles.size(); ++part)
        starting.emplace_back([&, part] {
            for (std::size_t i = part; i < saved.size(); i += handles.size()) {
                async_handlers handlers;
                handlers.on_qr_code = [&](const auto&) { ++links; };
                handlers.on_finished = [&](const auto&) { ++ends; };
                handles[part].push_back(
                    second.start(std::move(handlers), snapshot::parse(saved[i].value().text()), at(server)));
            }
        });
    for (auto& thread : starting) thread.join();
    std::set<std::string> ids;
    for (auto& part : handles)
        for (auto& handle : part) ids.insert(code_of(handle));
    BOOST_TEST(ids.size() == static_cast<std::size_t>(count));
    for (const auto& id : ids) BOOST_TEST(has(id, "cli_"), id);
    BOOST_TEST(links == count);
    BOOST_TEST(ends == count);
    BOOST_TEST(service.begins == count);
}

BOOST_AUTO_TEST_CASE(nothing_is_saved_after_a_cancel) {
    service.pending = 1000;
    std::mutex mutex;
    std::vector<std::function<void()>> posted;
    std::promise<void> first_posted;
    std::atomic<int> saved = 0;
    async_handlers handlers;
    handlers.on_snapshot = [&](const snapshot&) { ++saved; };
    handlers.post = [&](std::function<void()> f) {
        const std::lock_guard lock{mutex};
        posted.push_back(std::move(f));
        if (posted.size() == 1) first_posted.set_value();
    };
    auto handle = lark::resume_registration_async(handlers, begun(), at(server), options());
    first_posted.get_future().wait();
    handle.cancel();
    const std::lock_guard lock{mutex};
    for (const auto& f : posted) f();
    BOOST_TEST(saved == 0);
    BOOST_TEST(code_of(handle) == "abort");
}

BOOST_AUTO_TEST_SUITE_END()
