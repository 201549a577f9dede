// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/event_loop.hpp>
#include <lark/injected/flow_set.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Shared by the tests of flow_set: an event loop whose clock and answers the test sets, and replies of the service.
namespace lark::test {

using namespace std::chrono_literals;
using injected::request_handle;

inline http_response reply(int status, std::string body) { return {status, {}, std::move(body)}; }
inline http_response init_reply() { return reply(200, R"({"supported_auth_methods":["client_secret"],"nonce":"n"})"); }
inline http_response begin_reply(const std::string& code = "dc-1", int interval = 5, int expires_in = 600) {
    return reply(
        200,
        R"({"device_code":")" + code + R"(","user_code":"UC-)" + code +
            R"(","verification_uri_complete":"https://accounts.feishu.cn/page/launcher?user_code=UC","interval":)" +
            std::to_string(interval) + R"(,"expires_in":)" + std::to_string(expires_in) + "}");
}
inline http_response pending_reply() { return reply(400, R"({"error":"authorization_pending","code":20094})"); }
inline http_response denied_reply() { return reply(400, R"({"error":"access_denied","error_description":"no"})"); }
inline http_response lark_reply() {
    return reply(400, R"({"error":"authorization_pending","user_info":{"tenant_brand":"lark"}})");
}
inline http_response app_reply(const std::string& id = "cli_1") {
    return reply(200, R"({"client_id":")" + id + R"(","client_secret":"s-)" + id + R"("})");
}

/// Each deadline at its own time: for tests in which much happens at one moment.
inline constexpr injected::flow_set_options at_once{.timer_slack = 0ms};

/// The form field `action` of a request.
inline std::string step_of(const http_request& request) {
    const auto text = request.body.substr(request.body.find('=') + 1);
    return text.substr(0, text.find('&'));
}
inline std::string code_of(const http_request& request) {
    const auto at = request.body.find("device_code=");
    return at == std::string::npos ? "" : request.body.substr(at + 12);
}

/// Records what the set asks for; the test gives the answers and moves the clock.
class scripted_loop final : public injected::event_loop {
public:
    struct sent {
        request_handle id;
        http_request request;
        time_point at;
    };

    void start_request(request_handle id, http_request request) override {
        BOOST_TEST(std::none_of(log.begin(), log.end(), [&](const auto& s) { return s.id == id; }),
                   "a handle was used twice");
        const auto copy = request;
        if (refuse && refuse(copy)) throw std::runtime_error{"no socket left"};
        log.push_back({id, copy, clock});
        out.emplace(id, std::move(request));
        most_out = std::max(most_out, out.size());
        if (on_start) on_start(id, copy);
    }
    [[nodiscard]] bool has_room(std::string_view origin) noexcept override {
        ++asked;
        return !full.contains(origin);
    }
    void abandon_request(request_handle id) noexcept override {
        abandoned.push_back(id);
        out.erase(id);
        if (on_abandon) on_abandon(id);
    }
    void arm_timer(time_point deadline) override {
        if (timer_fails) throw std::runtime_error{"no timer left"};
        ++armings;
        timer = deadline;
    }
    void disarm_timer() override {
        if (timer_fails) throw std::runtime_error{"no timer left"};
        ++disarmings;
        timer.reset();
    }
    time_point now() override { return clock; }

    using event_loop::deliver;
    using event_loop::room_freed;
    using event_loop::time_until;
    using event_loop::timer_expired;

    /// The last request that was started.
    [[nodiscard]] const sent& last() const { return log.back(); }

    /// The timer goes off at its time, or now if that is later.
    void fire() {
        BOOST_REQUIRE(timer.has_value());
        clock = std::max(clock, *timer);
        timer.reset();
        timer_expired();
    }
    /// The origin has room again, and the handler learns of it.
    void make_room(const std::string& origin) {
        full.erase(origin);
        room_freed();
    }
    void run_until(time_point until) {
        while (timer && *timer <= until) fire();
        clock = std::max(clock, until);
    }
    void run_for(duration d) { run_until(clock + d); }
    bool answer(request_handle id, http_result result) {
        out.erase(id);
        return deliver(id, std::move(result));
    }
    /// Answers the last request.
    bool answer(http_result result) { return answer(last().id, std::move(result)); }

    time_point clock = from_origin(1000s);
    std::vector<sent> log;
    std::map<request_handle, http_request> out;
    std::size_t most_out = 0;
    std::vector<request_handle> abandoned;
    std::optional<time_point> timer;
    unsigned armings = 0;
    unsigned disarmings = 0;
    bool timer_fails = false;
    std::set<std::string, std::less<>> full;  ///< origins without room
    unsigned asked = 0;                       ///< for room
    std::function<void(request_handle, const http_request&)> on_start;
    std::function<void(request_handle)> on_abandon;
    std::function<bool(const http_request&)> refuse;
};

/// The calls of one registration's handlers, as short words: `qr`, `polling`, `app cli_1`, `abort`, `abort!` (with an
/// exception).
struct call_log {
    std::vector<std::string> words;
    std::optional<registration::outcome> result;
    std::exception_ptr exception;

    [[nodiscard]] injected::flow_handlers handlers() {
        return {.on_qr_code = [this](const auto&) { words.emplace_back("qr"); },
                .on_status_change = [this](const auto& s) { words.emplace_back(to_string(s.status)); },
                .on_finished =
                    [this](const registration::outcome& o, std::exception_ptr e) {
                        const auto* app = std::get_if<registration::app>(&o);
                        words.push_back(
                            (app != nullptr ? "app " + app->client_id : std::get<registration::failure>(o).code) +
                            (e ? "!" : ""));
                        result = o;
                        exception = std::move(e);
                    }};
    }
    [[nodiscard]] std::string text() const {
        std::string s;
        for (const auto& w : words) s += (s.empty() ? "" : ", ") + w;
        return s;
    }
};

/// Options without the init step, for tests that are about something else.
inline registration::options straight() { return {.check_auth_methods = false}; }

/// Adds a registration and brings it to its first wait after a pending poll.
inline injected::registration_id add_waiting(scripted_loop& loop, injected::flow_set& set, call_log& h,
                                             const std::string& code = "dc-1") {
    const auto id = set.add(h.handlers(), straight());
    loop.run_until(loop.clock);
    loop.answer(begin_reply(code));
    loop.answer(pending_reply());
    return id;
}

}  // namespace lark::test
