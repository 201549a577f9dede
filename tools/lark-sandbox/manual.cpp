// SPDX-License-Identifier: MIT
#include "manual.hpp"

#include "../common/troff.hpp"

#include <lark/version.hpp>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace lark_sandbox {

namespace {

using lark::tools::to_troff;

std::string option_entry(const CLI::Option& option) {
    std::string names;
    for (const auto& name : option.get_snames()) names += "\\fB" + to_troff("-" + name) + "\\fR, ";
    for (const auto& name : option.get_lnames()) names += "\\fB" + to_troff("--" + name) + "\\fR, ";
    names.resize(names.size() - 2);
    if (!option.get_option_text().empty()) names += " \\fI" + to_troff(option.get_option_text()) + "\\fR";
    return ".TP\n" + names + "\n" + to_troff(option.get_description()) + ".\n";
}

}  // namespace

std::string manual_page(const CLI::App& app) {
    std::string text = ".TH LARK\\-SANDBOX 1 \"\" \"lark\\-registration " LARK_VERSION_STRING
                       "\" \"User Commands\"\n"
                       ".SH NAME\nlark\\-sandbox \\- a model of the Feishu and Lark accounts services on loopback\n"
                       ".SH SYNOPSIS\n.B lark\\-sandbox\n[\\fIOPTION\\fR]...\n"
                       ".SH DESCRIPTION\n";
    text += to_troff(app.get_description()) + "\n.SH OPTIONS\n";
    for (const auto* option : app.get_options()) text += option_entry(*option);
    text += ".SH OUTPUT\n" +
            to_troff(
                "Once both hosts answer, their addresses, the file with the certificate to trust (with --tls) and the "
                "address of the dashboard are printed on standard output. With --json that is one object:\n") +
            ".nf\n.RS\n" +
            to_troff(
                "{\"event\":\"ready\",\"domain\":\"http://127.0.0.1:PORT\",\"lark_domain\":\"http://127.0.0.1:PORT\","
                "\"ca_file\":null}\n") +
            ".RE\n.fi\n"
            ".SH EXIT STATUS\n"
            ".TP\n.B 0\nended by a signal\n"
            ".TP\n.B 1\nfailed: a port that is taken, a file that cannot be read or written\n"
            ".TP\n.B 2\nwrong usage\n"
            ".SH SEE ALSO\n.BR lark\\-register (1)\n";
    return text;
}

}  // namespace lark_sandbox
