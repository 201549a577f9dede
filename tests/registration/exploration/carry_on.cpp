// SPDX-License-Identifier: MIT
#include "registration/exploration/carry_on.hpp"

#include "registration/support/flow_test_access.hpp"
#include "registration/support/replies.hpp"
#include "registration/support/script.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lark::registration::testing {
namespace {

using namespace std::chrono_literals;

constexpr time_point elsewhere = from_origin(77h);  // another driver's clock
const std::chrono::system_clock::time_point wall{1'790'000'000s};

/// Answers in turn, from the first on again and again; without one a request times out.
using answers = std::vector<std::optional<http_result>>;

const std::vector<answers>& all_answers() {
    const auto reply = [](std::string body, std::vector<http_header> headers = {}, int status = 400) {
        return std::optional<http_result>{http_response{status, std::move(headers), std::move(body)}};
    };
    const std::optional<http_result> cut = transport_failure{transport_failure_kind::cut, "for " + escaped_device_code};
    static const std::vector<answers> all{
        {std::nullopt},
        {reply(slow_down), cut, reply('{' + lark_user + '}', {}, 200)},
        {cut, reply(pending, {{"Retry-After", "7"}}), reply("", {}, 503), reply(credentials(), {}, 200)},
    };
    return all;
}

/// All outputs from here to the end, with times from `start` on.
std::string trace(watched_flow flow, time_point start, const answers& in_turn) {
    std::string out;
    auto now = start;
    std::size_t asked = 0;
    while (true) {
        const bool first = out.empty();
        for (const auto& o : drain(flow, now)) {
            if (std::holds_alternative<qr_code_ready>(o)) continue;  // comes again
            if (first && (std::holds_alternative<status_changed>(o) || std::holds_alternative<abandon_request>(o)))
                continue;
            const auto* wait = std::get_if<wait_until>(&o);
            if (wait != nullptr && wait->deadline <= now) continue;  // over already: only handle_time is missing
            out += to_text(o) + '\n';
            if (const auto* request = std::get_if<send_request>(&o))
                out += std::to_string(request->timeout.count()) + '\n';
            if (wait != nullptr) {
                out += std::to_string(saturating_sub(wait->deadline, start).count()) + '\n';
                if (flow.outstanding() == request_id{}) now = std::max(now, wait->deadline);
            }
        }
        if (flow.result() != nullptr) return out + to_text(*flow.result());
        if (flow.outstanding() == request_id{}) {
            flow.handle_time(now);
            continue;
        }
        const auto id = flow.outstanding();
        const auto& answer = in_turn[asked++ % in_turn.size()];
        now += 250ms;
        if (!answer) {
            now = std::max(now, *flow.waits_until());
            flow.handle_time(now);
        } else if (const auto* response = std::get_if<http_response>(&*answer)) {
            flow.handle_response(id, now, *response);
        } else {
            flow.handle_failure(id, now, std::get<transport_failure>(*answer));
        }
    }
}

}  // namespace

bool same_trace_carried_on(const watched_flow& saved, time_point now, const options& opts) {
    now = std::max(now, flow_test_access::now(saved.get()));  // a clock that runs back is read as the latest seen
    auto copy = saved;
    if (copy.outstanding() != request_id{})
        copy.handle_failure(copy.outstanding(), now,
                            {transport_failure_kind::cut, "the registration was saved while a poll was in flight"});
    const auto other = saved.carried_on({now, wall}, {elsewhere, wall}, opts);
    if (!other) {
        require(copy.result() != nullptr,
                "protocol.md 9: a flow with a link is saved, unless its last poll is lost after expiry");
        return false;
    }
    for (const auto& in_turn : all_answers()) {
        const auto wanted = trace(copy, now, in_turn);
        const auto got = trace(*other, elsewhere, in_turn);
        if (wanted != got)
            throw broken_rule{"protocol.md 9: carried on, it does something else:\n" + got + "\ninstead of\n" + wanted +
                              '\n'};
    }
    return true;
}

}  // namespace lark::registration::testing
