// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/trace_text.hpp>

#include <string>
#include <string_view>

namespace lark::tools {

/// The words of a line in the reader's language; `{}` is a placeholder.
struct trace_words {
    std::string_view next_at_once;
    std::string_view next_in;      ///< {seconds}
    std::string_view next_in_for;  ///< {seconds} {reason}
    std::string_view expires_in;   ///< {seconds}
    std::string_view done;
    std::string_view end;
    std::string_view end_for;  ///< {reason}
};

inline constexpr trace_words english_trace_words{.next_at_once = "next at once",
                                                 .next_in = "next in {} s",
                                                 .next_in_for = "next in {} s ({})",
                                                 .expires_in = "expires in {} s",
                                                 .done = "done",
                                                 .end = "the end",
                                                 .end_for = "the end ({})"};

/// An exchange in a line for people, without a line end:
/// `poll 3  accounts.feishu.cn  400 authorization_pending (20094)  84 ms  next in 5 s  id 20261127…`.
/// Words of the protocol stay as they are in any language. From the server's side, nothing is said of what follows.
[[nodiscard]] std::string trace_line(const registration::trace_event& event, const trace_words& words,
                                     registration::trace_side side);

}  // namespace lark::tools
