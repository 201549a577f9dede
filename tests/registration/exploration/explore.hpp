// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/options.hpp>

#include <cstddef>
#include <functional>

namespace lark::registration::testing {

struct explored {
    std::size_t states = 0;       ///< different ones, time relative to now and without ids
    std::size_t transitions = 0;  ///< inputs tried
    std::size_t ended = 0;        ///< of the states, those with an outcome
    std::size_t carried_on = 0;   ///< of the states, those from which a snapshot was carried on
    bool complete = false;        ///< nothing new was left to try
};

enum class start {
    nothing_sent,  ///< before init
    link_shown,    ///< a code of 20 s with an interval of 8 s is there
};

/// Tries every input of the alphabet at every state that can be reached with up to `depth` inputs; a state that was
/// seen before is not explored again. From each new state the flow is also driven to its end, and so is a flow made of
/// its snapshot, whose trace must be that of a copy (protocol.md, section 9). `watched_flow` checks the invariants.
/// Throws `broken_rule`, with the inputs that led there. `report` is called after each depth.
[[nodiscard]] explored explore(const options& opts, start from, unsigned depth,
                               const std::function<void(unsigned depth, const explored&)>& report = {});

}  // namespace lark::registration::testing
