// SPDX-License-Identifier: MIT
#pragma once

#include <lark/open_platform/call_flow.hpp>

#include <optional>

namespace lark::open_platform {

/// The effect of one input of a call: computed in full, allocations included, before any member changes; applying it
/// cannot fail.
struct call_flow::change {
    state to = state::finished;
    time_point deadline{};
    unsigned failures = 0;
    bool abandons = false;       ///< the request that is out
    bool rejects_token = false;  ///< the one that the request went with
    std::optional<secret> token{};
    token_id id{};  ///< of `token`
    std::optional<api_result> result{};
    std::optional<registration::trace_event> trace{};  ///< of the exchange that the input ended
};

}  // namespace lark::open_platform
