// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace lark::poco::detail {

using wire_clock = std::chrono::steady_clock;
using wire_time = wire_clock::time_point;

/// The next thing that a connection needs from its driver.
struct next_step {
    enum class what {
        wait,     ///< call again when the socket is ready as said, or at `deadline()`
        again,    ///< call again at once: there is more to read than one turn takes
        replied,  ///< the reply is whole: `take_reply()`
        failed,   ///< see `failure()`; the connection is of no more use
    };
    what is = what::wait;
    bool read = false;
    bool write = false;
};

}  // namespace lark::poco::detail
