// SPDX-License-Identifier: MIT
#pragma once

#include "command_line.hpp"
#include "view.hpp"

#include <lark/injected/http_client.hpp>
#include <lark/registration/trace.hpp>

#include <stop_token>
#include <string>

namespace lark_register {

/// The API host of the app: what `--open-domain` or the sandbox says, else that of the tenant's brand.
[[nodiscard]] std::string open_domain_of(const arguments& s, const lark::registration::app& app);

/// The scopes that the command line asks for.
[[nodiscard]] lark::registration::addon_groups asked_scopes(const arguments& s);

/// `--check`: fetches a token and the bot's info with the new credentials, and compares the scopes of the app with
/// those that were asked for, if there are any; reports to the view. True if the app is enabled and lacks no scope, as
/// far as it may read them.
[[nodiscard]] bool check_app(const arguments& s, const lark::registration::app& app, lark::injected::http_client& http,
                             const std::stop_token& stop, lark::registration::trace_handler on_trace, view& out);

}  // namespace lark_register
