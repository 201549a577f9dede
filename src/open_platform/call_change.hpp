#pragma once

#include <lark/open_platform/call_flow.hpp>

#include <optional>

namespace lark::open_platform {

/// What one input does to a call: worked out in full, allocations included, before anything is touched, then applied
/// without a way to fail.
struct call_flow::change {
    state to = state::finished;
    time_point deadline{};
    unsigned failures = 0;
    bool abandons = false;       ///< the request that is out
    bool rejects_token = false;  ///< the one that the request went with
    std::optional<secret> token{};
    token_id id{};  ///< of `token`
    std::optional<api_result> result{};
};

}  // namespace lark::open_platform
