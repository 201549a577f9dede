// SPDX-License-Identifier: MIT
#include "os/signal_mask.hpp"

#include <initializer_list>

namespace lark::poco::detail {

signals_blocked::signals_blocked() noexcept {
    sigset_t mask;
    sigfillset(&mask);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&mask, fault);
    pthread_sigmask(SIG_SETMASK, &mask, &former_);
}

signals_blocked::~signals_blocked() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }

}  // namespace lark::poco::detail
