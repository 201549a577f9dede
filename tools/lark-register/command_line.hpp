// SPDX-License-Identifier: MIT
#pragma once

#include "texts.hpp"

#include <lark/fake/sandbox.hpp>
#include <lark/poco/http_options.hpp>
#include <lark/registration/addons.hpp>
#include <lark/registration/options.hpp>

#include <optional>
#include <string>
#include <vector>

/// The command line and its content.
namespace lark_register {

enum class qr_style {
    automatic,  ///< half blocks if the locale is UTF-8, else ASCII; not at all where it does not fit
    blocks,     ///< half blocks, whatever the locale says
    ascii,      ///< ASCII, twice as wide
    none,       ///< no code, the link alone
};

/// Tasks instead of a registration.
enum class other_task {
    none,
    help,
    version,
    manual,           ///< print the manual page, as troff source
    bash_completion,  ///< print the script for the shell
    zsh_completion,
    link_preview,  ///< print the link for `verification_uri`, without any request
};

/// An option as it was given.
struct given_option {
    std::string name;   ///< of its row in the table
    std::string value;  ///< empty for a flag
};

struct arguments {
    lark::registration::options registration{};
    lark::poco::http_options http{};

    bool use_sandbox = false;
    lark::fake::sandbox_options sandbox{};
    /// The scopes that its app gets; none: all that are asked for.
    std::optional<lark::registration::addon_groups> sandbox_scopes{};

    bool check = false;         ///< the new app, with its credentials
    std::string open_domain{};  ///< for that; empty: by the brand
    std::string save_file{};    ///< empty: none
    bool force = false;         ///< over an existing file

    std::string state_file{};   ///< for a registration that begins; empty: none
    std::string resume_file{};  ///< of the registration to carry on; empty: a new one
    bool no_wait = false;       ///< end once the link is there
    bool once = false;          ///< send one poll at most

    bool json = false;
    bool verbose = false;      ///< each exchange is a line on standard error
    std::string trace_file{};  ///< empty: none
    language lang = language::automatic;
    qr_style qr = qr_style::automatic;
    bool qr_inverted = false;
    std::string qr_file{};  ///< empty: none
    bool open_browser = false;

    std::vector<given_option> given{};  ///< in the order of the command line

    other_task instead = other_task::none;
    std::string verification_uri{};
    std::string user_code{};
};

/// Reads the command line by the table of options. Throws `usage_error`.
[[nodiscard]] arguments parse_command_line(int argc, const char* const* argv);

/// The language that `--lang` asks for, also where the rest of the command line cannot be read.
[[nodiscard]] language spoken_language(int argc, const char* const* argv) noexcept;

}  // namespace lark_register
