// SPDX-License-Identifier: MIT
#pragma once

#include "command_line.hpp"
#include "texts.hpp"

namespace lark_register {

/// The exit statuses of the process.
enum exit_status : int {
    exit_done = 0,
    exit_failed = 1,
    exit_usage = 2,
    exit_denied = 3,
    exit_expired = 4,
    exit_unchecked = 5,  ///< registered, but the check failed or the app is not enabled
    exit_pending = 6,    ///< not decided yet: `--resume` carries on
    exit_signal = 128,   ///< plus the number of the signal: 130 after Ctrl-C
};

/// One registration as the arguments say, from `ready` to its end. Returns what the process is to end with.
[[nodiscard]] int run_registration(arguments s, const texts& words);

}  // namespace lark_register
