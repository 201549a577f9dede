// SPDX-License-Identifier: MIT
#pragma once

#include <lark/open_platform/token_flow.hpp>

#include <optional>

namespace lark::open_platform {

/// The effect of one input of a token flow: computed in full, allocations included, before any member changes; applying it
/// cannot fail.
struct token_flow::change {
    state to = state::idle;
    time_point deadline{};
    unsigned failures = 0;
    bool abandons = false;                    ///< the request that is out
    std::shared_ptr<const token> replaces{};  ///< the token that is kept, if set
    std::optional<time_point> no_refresh_before{};
    std::optional<time_point> budget_end{};
    std::optional<registration::trace_event> trace{};  ///< of the exchange that the input ended
    std::list<answer> answers{};  ///< one for all waiters, who are added when it is applied; or none
};

}  // namespace lark::open_platform
