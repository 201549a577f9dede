// SPDX-License-Identifier: MIT
#include "../common/notation.hpp"
#include "help.hpp"
#include "option_table.hpp"

#include <lark/version.hpp>

namespace lark_register {

namespace {

using lark::tools::to_troff;

std::string option_entry(const option_row& row) {
    const auto comma = row.name.find(',');
    std::string text = ".TP\n";
    if (comma != std::string_view::npos) text += "\\fB" + to_troff(row.name.substr(comma + 1)) + "\\fR, ";
    text += "\\fB" + to_troff(row.name.substr(0, comma)) + "\\fR";
    if (!row.value.empty()) text += " \\fI" + to_troff(row.value) + "\\fR";
    return text + "\n" + to_troff(row.help.english) + ".\n";
}

std::string status_entries() {
    std::string text;
    std::string_view lines = english_texts.statuses;
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        const auto line = lines.substr(0, end);
        const auto blank = line.find(' ');
        text += ".TP\n.B " + std::string(line.substr(0, blank)) + "\n" +
                to_troff(line.substr(line.find_first_not_of(' ', blank))) + "\n";
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
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
    text += to_troff(
        "QR code, link, user code and state are written to standard error, the result alone to standard output, as "
        "lines "
        "client_id=..., client_secret=..., open_id=... and tenant_brand=..., the last two if the service sends "
        "them.\n");
    text +=
        ".PP\n" +
        to_troff(
            "If neither standard output nor the file of --save takes the credentials, standard error gets the App ID "
            "and the page of the app. With standard output closed, --save is needed.\n");
    text += ".PP\n" + to_troff(english_texts.warning) + "\n.SH OPTIONS\n";
    text += "A value in parentheses is the default, or the environment variable that gives it.\n";
    for (const auto group : all_groups) {
        text += ".SS " + to_troff(heading(group).english) + "\n";
        for (const auto& row : option_table()) {
            if (row.group == group) text += option_entry(row);
        }
    }
    text +=
        ".SH JSON\nWith \\fB\\-\\-json\\fR, standard output has one object a line, each written at once. After event, "
        "each has its "
        "time, in UTC, which is left out here but for the first:\n.nf\n.RS\n";
    text += to_troff(
        "{\"event\":\"ready\",\"time\":\"2026-11-27T05:12:56.123Z\"}\n"
        "{\"event\":\"qr_code\",\"url\":\"...\",\"expire_in\":600,\"user_code\":\"...\",\"verification_uri\":\"...\"}\n"
        "{\"event\":\"status\",\"status\":\"polling\"}\n"
        "{\"event\":\"status\",\"status\":\"slow_down\",\"interval\":10}\n"
        "{\"event\":\"status\",\"status\":\"retrying\",\"interval\":10,\"reason\":\"...\"}\n"
        "{\"event\":\"status\",\"status\":\"domain_switched\"}\n"
        "{\"event\":\"result\",\"client_id\":\"...\",\"client_secret\":\"...\",\"user_info\":{\"open_id\":\"...\","
        "\"tenant_brand\":\"feishu\"}}\n"
        "{\"event\":\"saved\",\"file\":\"...\"}\n"
        "{\"event\":\"check\",\"app_name\":\"...\",\"activate_status\":2,\"status\":\"enabled\",\"enabled\":true,"
        "\"open_id\":\"...\",\"console\":\"...\"}\n"
        "{\"event\":\"scopes\",\"missing\":{\"tenant\":[\"...\"],\"user\":[]},\"console\":\"...\"}\n"
        "{\"event\":\"pending\",\"state\":\"polling\",\"at_lark\":false,\"expires_at\":1790000600,"
        "\"next_poll_at\":1790000013,\"interval\":5,\"polls\":1,\"last_error\":\"...\",\"file\":\"...\"}\n"
        "{\"event\":\"error\",\"type\":\"app_access_denied_error\",\"code\":\"access_denied\",\"description\":\"...\","
        "\"polls\":3,\"host\":\"accounts.feishu.cn\",\"http_status\":400,\"service_code\":20001,\"request_id\":\"...\"}"
        "\n");
    text +=
        ".RE\n.fi\n" +
        to_troff(
            "With --no-wait or --once, pending comes last where nothing has been decided; its times are seconds since "
            "1970.\n"
            "Warnings, such as a file of --qr-file that cannot be written, are lines on standard error.\n"
            "After result may come saved, check, scopes, or an error, of type api_error if the check has failed: the "
            "app "
            "exists all the same. An error that ends a registration says of the last request what is known. In scopes, "
            "a reason stands in place of missing if the app may not read its "
            "scopes.\n");
    text += ".SH EXIT STATUS\n" + status_entries();
    text +=
        ".SH ENVIRONMENT\n"
        ".TP\n.BR HTTPS_PROXY \", \" ALL_PROXY \", \" NO_PROXY\nthe proxy, and the hosts to reach past it\n"
        ".TP\n.BR SSL_CERT_FILE \", \" SSL_CERT_DIR\nthe certificates to trust\n"
        ".TP\n.B NO_COLOR\nif set, nothing is coloured\n"
        ".TP\n.BR LC_ALL \", \" LC_MESSAGES \", \" LANG\nthe language, and whether the terminal reads UTF\\-8\n";
    return text;
}

}  // namespace lark_register
