// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <initializer_list>

namespace lark::injected::detail {

/// Blocks all signals on this thread for a scope, but those that a thread raises by a fault of its own. A thread that
/// is started within it inherits that: signals of the process are for the threads that the application knows about.
/// Nothing where there are no signal masks.
class signals_blocked {
public:
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;
#if defined(SIG_SETMASK) && !defined(_WIN32)
    signals_blocked() noexcept {
        sigset_t mask;
        sigfillset(&mask);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&mask, fault);
        pthread_sigmask(SIG_SETMASK, &mask, &former_);
    }
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }

private:
    sigset_t former_;
#else
    signals_blocked() noexcept {}
    ~signals_blocked() {}
#endif
};

}  // namespace lark::injected::detail
