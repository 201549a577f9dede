// SPDX-License-Identifier: MIT
// The state of a token flow, the effect of an input on it, and the rules.
#pragma once

#include "base/tries.hpp"
#include "open_platform/token_request.hpp"
#include "open_platform/trace.hpp"
#include "open_platform/waiter_queue.hpp"

#include <lark/open_platform/token_flow.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace lark::open_platform::detail {

enum class token_phase : std::uint8_t {
    idle,     ///< no waiters
    due,      ///< a request is to be handed out
    signing,  ///< an assertion for it is being made
    sent,     ///< it is out
    waiting,  ///< it failed and is tried again
};

/// Where a token flow stands, in numbers: copied, changed and put back by each input.
struct token_position : base::tries {
    token_phase phase = token_phase::idle;
    bool has_assertion = false;  ///< the body holds one that has not been sent
    std::uint64_t last_token = 0;
    time_point no_refresh_before = time_point::min();

    void become_due(time_point now) noexcept {
        phase = token_phase::due;
        due_since = now;
    }
};

struct token_state {
    token_request request;
    duration request_timeout{};
    duration budget{};
    duration refresh_before{};
    token_position position{};
    time_point now = time_point::min();  ///< the latest seen
    std::uint64_t last_waiter = 0;
    token_ptr token{};
    waiter_queue waiters{};
    traced_exchange last_exchange{};

    void advance(time_point to) noexcept { now = std::max(now, to); }
    [[nodiscard]] bool is_out(token_phase phase, request_id id) const noexcept {
        return position.phase == phase && id == position.id();
    }
    [[nodiscard]] bool has_valid_token() const noexcept { return token && now < token->expires_at; }
    /// There must be a token.
    [[nodiscard]] bool wants_refresh() const noexcept {
        return now >= token->refresh_at && now >= position.no_refresh_before;
    }
};

/// The effect of one input: computed in full, allocations included, before anything is touched; applying it cannot
/// fail.
struct token_change {
    token_position next;
    token_ptr replaces{};                ///< the token that is kept, if set
    waiter_queue::prepared answers{};    ///< for all waiters
    std::optional<trace_event> trace{};  ///< of the exchange that the input ended
};

// The rules, token_rules.cpp. Each reads the state and returns the change; none touches anything.
[[nodiscard]] token_change on_response(const token_state& f, const http_response& response);
[[nodiscard]] token_change on_failure(const token_state& f, const transport_failure& failure);
[[nodiscard]] token_change on_timeout(const token_state& f);
[[nodiscard]] token_change on_no_assertion(const token_state& f, std::int64_t code, std::string why);

}  // namespace lark::open_platform::detail
