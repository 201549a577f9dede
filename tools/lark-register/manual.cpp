// SPDX-License-Identifier: MIT
#include "../common/notation.hpp"
#include "help.hpp"
#include "option_table.hpp"

#include <lark/version.hpp>

namespace lark_register {

namespace {

using lark::tools::to_troff;

std::string option_entry(const option_row& row) {
    std::string text = ".TP\n";
    if (!row.short_name().empty()) text += "\\fB" + to_troff(row.short_name()) + "\\fR, ";
    text += "\\fB" + to_troff(row.long_name()) + "\\fR";
    if (!row.value.empty()) text += " \\fI" + to_troff(row.value) + "\\fR";
    return text + "\n" + to_troff(row.help.english) + ".\n";
}

std::string status_entries() {
    std::string text;
    for (std::size_t i = 0; i < exit_numbers.size(); ++i)
        text += ".TP\n.B " + std::string(exit_numbers[i]) + "\n" + to_troff(english_texts.statuses[i]) + "\n";
    return text;
}

}  // namespace

std::string manual_page() {
    std::string text = ".TH LARK\\-REGISTER 1 \"\" \"lark\\-registration " LARK_VERSION_STRING
                       "\" \"User Commands\"\n"
                       ".SH NAME\nlark\\-register \\- register a Feishu or Lark app with one scan\n"
                       ".SH SYNOPSIS\n.B lark\\-register\n[\\fIOPTION\\fR]...\n"
                       ".SH DESCRIPTION\n";
    text += to_troff(english_texts.summary) + "\n.PP\n";
    text +=
        to_troff(
            R"(QR code, link, user code and state are written to standard error, the result alone to standard output, as lines
client_id=..., client_secret=..., open_id=... and tenant_brand=..., the last two if the service sends them.
)") + ".PP\n";
    text += to_troff(
        R"(If neither standard output nor the file of --save takes the credentials, standard error gets the App ID and the page
of the app. With standard output closed, --save is needed.
)");
    text += ".PP\n" + to_troff(english_texts.warning) + "\n.SH OPTIONS\n";
    text += "A value in parentheses is the default, or the environment variable that gives it.\n";
    for (const auto group : all_groups) {
        text += ".SS " + to_troff(heading(group).english) + "\n";
        for (const auto& row : option_table()) {
            if (row.group == group) text += option_entry(row);
        }
    }
    text += ".SH JSON\n" +
            to_troff(R"(With --json, standard output has one object a line, each written at once. After event, each
has its time, in UTC, which is left out here but for the first:
)") + ".nf\n.RS\n";
    text += to_troff(R"({"event":"ready","time":"2026-11-27T05:12:56.123Z"}
{"event":"qr_code","url":"...","expire_in":600,"user_code":"...","verification_uri":"..."}
{"event":"status","status":"polling"}
{"event":"status","status":"slow_down","interval":10}
{"event":"status","status":"retrying","interval":10,"reason":"..."}
{"event":"status","status":"domain_switched"}
{"event":"result","client_id":"...","client_secret":"...","user_info":{"open_id":"...","tenant_brand":"feishu"}}
{"event":"saved","file":"..."}
{"event":"check","app_name":"...","activate_status":2,"status":"enabled","enabled":true,"open_id":"...","console":"..."}
{"event":"scopes","missing":{"tenant":["..."],"user":[]},"console":"..."}
{"event":"pending","state":"polling","at_lark":false,"expires_at":1790000600,"next_poll_at":1790000013,)"
                     R"("interval":5,"polls":1,"last_error":"...","file":"..."}
{"event":"error","type":"app_access_denied_error","code":"access_denied","description":"...","polls":3,)"
                     R"("host":"accounts.feishu.cn","http_status":400,"service_code":20001,"request_id":"..."}
)");
    text +=
        ".RE\n.fi\n" +
        to_troff(
            R"(With --no-wait or --once, pending comes last where nothing has been decided; its times are seconds since 1970.
Warnings, such as a file of --qr-file that cannot be written, are lines on standard error.
After result may come saved, check, scopes, or an error, of type api_error if the check has failed: the app exists all
the same. An error that ends a registration says of the last request what is known. In scopes, a reason stands in place
of missing if the app may not read its scopes.
)");
    text += ".SH EXIT STATUS\n" + status_entries();
    return text + R"(.SH ENVIRONMENT
.TP
.BR HTTPS_PROXY ", " ALL_PROXY ", " NO_PROXY
the proxy, and the hosts to reach past it
.TP
.BR SSL_CERT_FILE ", " SSL_CERT_DIR
the certificates to trust
.TP
.B NO_COLOR
if set, nothing is coloured
.TP
.BR LC_ALL ", " LC_MESSAGES ", " LANG
the language, and whether the terminal reads UTF\-8
)";
}

}  // namespace lark_register
