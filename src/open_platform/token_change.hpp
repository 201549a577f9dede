#pragma once

#include <lark/open_platform/token_flow.hpp>

#include <optional>

namespace lark::open_platform {

/// What one input does to a token flow: worked out in full, allocations included, before anything is touched, then applied
/// without a way to fail.
struct token_flow::change {
    state to = state::idle;
    time_point deadline{};
    unsigned failures = 0;
    bool abandons = false;                    ///< the request that is out
    std::shared_ptr<const token> replaces{};  ///< the token that is kept, if set
    std::optional<time_point> no_refresh_before{};
    std::optional<time_point> budget_end{};
    std::list<answer> answers{};  ///< one for everybody who waits, put together when it is applied; or none
};

}  // namespace lark::open_platform
