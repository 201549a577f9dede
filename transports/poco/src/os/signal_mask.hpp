// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

namespace lark::poco::detail {

/// Blocks all signals on this thread for a scope. A thread that is started within it inherits that: signals of the process are
/// for the threads that the application knows about. Those that a thread raises by a fault of its own cannot be blocked.
class signals_blocked {
public:
    signals_blocked() noexcept;
    ~signals_blocked();
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t former_;
};

}  // namespace lark::poco::detail
