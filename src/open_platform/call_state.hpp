// SPDX-License-Identifier: MIT
// The state of a call, the effect of an input on it, and the rules.
#pragma once

#include "base/tries.hpp"
#include "open_platform/trace.hpp"

#include <lark/open_platform/call_flow.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lark::open_platform::detail {

enum class call_phase : std::uint8_t {
    needs_token,  ///< waits for a token
    due,          ///< the request is to be handed out
    sent,         ///< it is out
    waiting,      ///< it failed and is tried again
    finished,     ///< the result is set
};

/// The checked request and options.
struct call_settings {
    std::string method;
    std::string url;
    std::vector<http_header> headers;
    std::string body;
    secret own_credential;  ///< in the caller's `Authorization`, which is among `headers`
    duration request_timeout{};
    unsigned tries = 1;  ///< 1 unless idempotent
    bool idempotent = false;
    bool needs_token = false;
};

/// Where a call stands, in numbers: copied, changed and put back by each input.
struct call_position : base::tries {
    call_phase phase = call_phase::due;
    token_id rejected{};          ///< to be handed out; 0: none
    bool token_replaced = false;  ///< one token has been rejected
};

struct call_state {
    call_settings settings;
    call_position position;
    time_point now = time_point::min();  ///< the latest seen
    open_platform::token_id token_id{};
    secret token;
    std::optional<api_result> result;
    traced_exchange last_exchange;

    void advance(time_point to) noexcept { now = std::max(now, to); }
    [[nodiscard]] bool is_outstanding(request_id id) const noexcept {
        return position.phase == call_phase::sent && id == position.id();
    }
};

/// The effect of one input: computed in full, allocations included, before anything is touched; applying it cannot
/// fail.
struct call_change {
    call_position next;
    std::optional<api_result> result{};
    std::optional<trace_event> trace{};  ///< of the exchange that the input ended
};

// The rules, call_rules.cpp. Each reads the state and returns the change; none touches anything.
[[nodiscard]] call_change on_response(const call_state& f, const http_response& response);
[[nodiscard]] call_change on_failure(const call_state& f, const transport_failure& failure);
[[nodiscard]] call_change on_timeout(const call_state& f);
[[nodiscard]] call_change end_with(const call_state& f, api_result result);

}  // namespace lark::open_platform::detail
