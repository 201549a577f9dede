// SPDX-License-Identifier: MIT
#include "records.hpp"

#include "../answer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>

namespace lark::fake {

namespace {

/// Milliseconds between the two polls of a code at one host that came closest to each other, of those that are kept.
std::string closest_polls(const code_info& code) {
    std::array<std::optional<time_point>, 2> last;  // by host
    std::optional<duration> closest;
    for (const auto& poll : code.recent_polls) {
        auto& before = last[static_cast<std::size_t>(poll.host)];
        if (before) closest = std::min(closest.value_or(duration::max()), poll.at - *before);
        before = poll.at;
    }
    if (!closest) return "null";
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*closest).count());
}

std::string record_of(const code_info& code) {
    const auto early = std::count_if(code.recent_polls.begin(), code.recent_polls.end(),
                                     [](const poll_record& poll) { return poll.answer == "slow_down"; });
    return object({{"serial", std::to_string(code.serial)},
                   {"state", json_string(to_string(code.state))},
                   {"interval", std::to_string(code.interval.count())},
                   {"polls", std::to_string(code.polls)},
                   {"closest_polls_ms", closest_polls(code)},
                   {"slow_downs", std::to_string(early)},
                   {"client_id", code.client_id.empty() ? "null" : json_string(code.client_id)}});
}

}  // namespace

http_response show_records(const http_request& request, const accounts_service& service, time_point now) {
    if (request.method != "GET") return {405, {{"Allow", "GET"}}, ""};
    std::string body = "[";
    for (const auto& code : service.codes(now)) body += (body.size() > 1 ? ",\n" : "") + record_of(code);
    return {200, {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}}, body + "]\n"};
}

}  // namespace lark::fake
