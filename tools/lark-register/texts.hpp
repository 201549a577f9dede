// SPDX-License-Identifier: MIT
#pragma once

#include "../common/notation.hpp"
#include "../common/trace_line.hpp"

#include <array>
#include <string>
#include <string_view>

/// Texts for people, in two languages.
namespace lark_register {

enum class language {
    automatic,  ///< as the locale says
    english,
    chinese,
};

/// The exit statuses of the process, as help and manual page name them.
inline constexpr std::array<std::string_view, 8> exit_numbers = {"0", "1", "2", "3", "4", "5", "6", "130"};

/// `{}` in a text stands for what is filled in, in order.
struct texts {
    std::string_view scan;          ///< above the code
    std::string_view open_link;     ///< instead of it, when no code is shown
    std::string_view too_narrow;    ///< {columns needed} {columns there}
    std::string_view too_long;      ///< {bytes of the link}
    std::string_view sandbox_scan;  ///< instead of `scan`, where only this machine can open the link
    std::string_view sandbox_open_link;
    std::string_view link;             ///< before the link
    std::string_view user_code;        ///< before the user code
    std::string_view user_code_at;     ///< before the address where the code can be typed
    std::string_view warning;          ///< RFC 8628, 5.4
    std::string_view sandbox;          ///< this is not a real service
    std::string_view sandbox_decides;  ///< the sandbox approves or denies by itself
    std::string_view written;          ///< {file}

    std::string_view asking;     ///< before the link is there
    std::string_view waiting;    ///< for the user's decision
    std::string_view slow_down;  ///< {seconds}
    std::string_view switched;   ///< to Lark
    std::string_view retrying;   ///< {seconds} {reason}
    std::string_view time_left;  ///< {m:ss}

    std::string_view done;
    std::string_view denied;
    std::string_view expired;
    std::string_view cancelled;
    std::string_view link_still_works;  ///< after an end that the service does not know of
    std::string_view maybe_registered;  ///< {open host}: after the switch to Lark, without credentials
    std::string_view failed;            ///< {code} {description}
    std::string_view said;              ///< {description}: what the service said
    std::string_view request_id;        ///< {id} {host}: of the last request
    std::string_view last_error;        ///< {error}: the last transient error before the end
    std::string_view undelivered;       ///< {App ID} {console}: registered, and no place took the credentials
    std::string_view output_closed;     ///< standard output is closed
    std::string_view hint_save;

    std::string_view pending;   ///< the user has not decided
    std::string_view carry_on;  ///< {file}: how to

    std::string_view hint_again;  ///< what to do: run it again
    std::string_view hint_network;
    std::string_view hint_timeout;
    std::string_view hint_certificate;
    std::string_view hint_reply;
    std::string_view hint_auth_method;

    lark::tools::trace_words trace;  ///< of `--verbose`

    std::string_view saved;                        ///< {file}
    std::string_view works;                        ///< {app} {status}
    std::string_view not_enabled;                  ///< {app} {status}
    std::string_view check_failed;                 ///< {description}
    std::string_view scopes_granted;               ///< all that were asked for
    std::string_view scopes_missing;               ///< {names}: asked for, and not granted
    std::string_view hint_scopes;                  ///< {console}: what can be done about these
    std::string_view scopes_unknown;               ///< {description} {console}: they cannot be read
    std::string_view hint_enable;                  ///< {console}: what its owner can do
    std::string_view hint_admin;                   ///< {console}: what only the tenant's administrator can do
    std::array<std::string_view, 7> bot_statuses;  ///< by `activate_status`
    std::string_view bot_status_unknown;

    std::string_view usage;                    ///< {program}
    std::string_view summary;                  ///< one line about the program
    std::string_view try_help;                 ///< {program}
    std::array<std::string_view, 8> statuses;  ///< in the order of `exit_numbers`
    std::string_view statuses_heading;
    std::string_view examples_heading;

    // Wrong usage.
    std::string_view needs_value;   ///< {option}
    std::string_view given_twice;   ///< {option}
    std::string_view not_expected;  ///< {argument}
    std::string_view needs;         ///< {option} {option}
    std::string_view needs_either;  ///< {option} {option} {option}
    std::string_view exclude;       ///< {option} {option}
    std::string_view expected_number;
    std::string_view expected_range;  ///< {least} {most}: a number
    std::string_view expected_port;
    std::string_view expected_seconds;  ///< {least} {most}
    std::string_view expected_whole_seconds;
    std::string_view expected_word;    ///< {words}
    std::string_view expected_side;    ///< of an item of the addons
    std::string_view expected_ending;  ///< {ending} {ending}: of a file's name
    std::string_view cannot_read;      ///< {file} {reason}
};

extern const texts english_texts;
extern const texts chinese_texts;

/// The texts in the language asked for; by default in that of the locale's messages. English where the locale is not
/// UTF-8.
[[nodiscard]] const texts& choose_texts(language lang);

using lark::tools::fill;

}  // namespace lark_register
