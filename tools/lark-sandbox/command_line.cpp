// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include "../common/notation.hpp"

#include <lark/version.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace lark_sandbox {

namespace {

using lark::tools::add_to_side;
using lark::tools::to_troff;

constexpr double longest = 7.0 * 24 * 3600;

lark::duration seconds(double s) {
    return std::chrono::duration_cast<lark::duration>(std::chrono::milliseconds(std::llround(s * 1000)));
}

/// The options that were given; no value of a file's name.
std::vector<lark::tools::shown_option> shown_options(const CLI::App& app) {
    std::vector<lark::tools::shown_option> shown;
    for (const auto* option : app.get_options()) {
        if (option->count() == 0) continue;
        const bool is_file = option->get_option_text() == "FILE";
        const bool is_flag = option->get_items_expected_max() == 0;
        shown.push_back({option->get_name(), is_file || is_flag ? std::string{} : option->results().front()});
    }
    return shown;
}

std::string option_entry(const CLI::Option& option) {
    std::string names;
    for (const auto& name : option.get_snames()) names += "\\fB" + to_troff("-" + name) + "\\fR, ";
    for (const auto& name : option.get_lnames()) names += "\\fB" + to_troff("--" + name) + "\\fR, ";
    names.resize(names.size() - 2);
    if (!option.get_option_text().empty()) names += " \\fI" + to_troff(option.get_option_text()) + "\\fR";
    return ".TP\n" + names + "\n" + to_troff(option.get_description()) + ".\n";
}

/// The manual page in troff, made of the options that the parser knows.
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

}  // namespace

std::optional<early_end> read_command_line(int argc, const char* const* argv, command_line& out) {
    auto& box = out.sandbox;
    auto& service = box.service;
    CLI::App app(
        "A model of the Feishu and Lark accounts services on loopback, to register apps against without a tenant.\n"
        "Serves until Ctrl-C. The dashboard is at the root of each port. docs/sandbox.md in the sources says how to\n"
        "point SDKs here.",
        "lark-sandbox");
    app.get_formatter()->column_width(32);
    app.set_version_flag("--version", "lark-sandbox " LARK_VERSION_STRING);

    app.add_option("--port", box.port, "Port of the Feishu host (default: any that is free)")
        ->check(CLI::Range(0, 65535))
        ->option_text("N");
    app.add_option("--lark-port", box.lark_port, "Port of the Lark host (default: any that is free)")
        ->check(CLI::Range(0, 65535))
        ->option_text("N");
    app.add_flag("--tls", box.tls, "Serve HTTPS; without --cert with a certificate made for localhost");
    auto* cert = app.add_option("--cert", box.certificate, "Certificate chain (PEM); needs --tls and --key")
                     ->option_text("FILE");
    auto* key = app.add_option("--key", box.key, "Private key (PEM, no passphrase)")->option_text("FILE");
    cert->needs(key)->needs("--tls");
    key->needs(cert);

    double approve_after = 0;
    double deny_after = 0;
    auto* approve =
        app.add_option("--approve-after", approve_after, "Approve each code by itself, S seconds after its begin");
    auto* deny = app.add_option("--deny-after", deny_after, "Deny each code by itself, S seconds after its begin");
    for (auto* option : {approve, deny}) option->check(CLI::Range(0.0, longest))->option_text("S");
    approve->excludes(deny);
    app.add_option("--tenant-brand", service.tenant_brand, "Where the user is: feishu or lark (default: feishu)")
        ->check([](const std::string& brand) {
            return brand == "feishu" || brand == "lark" ? std::string{} : "'" + brand + "' is not feishu or lark";
        })
        ->option_text("BRAND");
    std::int64_t lifetime = service.lifetime.count();
    std::int64_t interval = service.interval.count();
    app.add_option("--lifetime", lifetime, "Lifetime of a code in seconds (default: 600)")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{86400}))
        ->option_text("S");
    app.add_option("--interval", interval, "Seconds between polls (default: 5)")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{300}))
        ->option_text("S");
    double reply_after = 0;
    auto* after = app.add_option("--reply-after", reply_after,
                                 "How long each reply of the service takes, in seconds (default: 0)")
                      ->check(CLI::Range(0.0, 600.0))
                      ->option_text("S");
    app.add_option_function<std::vector<std::string>>(
           "--scope",
           [&service](const std::vector<std::string>& scopes) {
               for (const auto& scope : scopes) static_cast<void>(add_to_side(service.scopes, scope));
           },
           "Scope that every app has, as tenant:NAME or user:NAME; repeat for more")
        ->check([](const std::string& scope) {
            lark::registration::addon_groups any;
            return add_to_side(any, scope) ? std::string{} : "'" + scope + "' is not tenant:NAME or user:NAME";
        })
        ->allow_extra_args(false)
        ->option_text("SIDE:NAME");
    app.add_option("--replay", out.replay_file, "Answer as this trace of lark-register or of a lark-sandbox says")
        ->option_text("FILE")
        ->excludes(after)
        ->excludes(approve)
        ->excludes(deny);
    app.add_flag("-v,--verbose", out.verbose, "Show each exchange in a line on standard error");
    app.add_option("--trace", out.trace_file, "Write each exchange to a file as a line of JSON, without any secret")
        ->option_text("FILE");
    app.add_flag("--json", out.json, "Print the ready line as one JSON object");
    bool manual = false;
    app.add_flag("--manual", manual, "Print the manual page, for man -l -, and exit");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        std::ostringstream output;
        std::ostringstream errors;
        if (app.exit(e, output, errors) == 0) return early_end{0, output.str()};
        return early_end{2, "lark-sandbox: " + std::string(e.what()) + "\nTry 'lark-sandbox --help'.\n"};
    }
    if (manual) return early_end{0, manual_page(app)};
    out.given = shown_options(app);
    service.lifetime = std::chrono::seconds(lifetime);
    service.interval = std::chrono::seconds(interval);
    out.reply_after = seconds(reply_after);
    if (approve->count() > 0) service.approve_after = seconds(approve_after);
    if (deny->count() > 0) service.deny_after = seconds(deny_after);
    return std::nullopt;
}

}  // namespace lark_sandbox
