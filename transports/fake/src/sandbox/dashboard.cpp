// SPDX-License-Identifier: MIT
#include "dashboard.hpp"

#include "../messages.hpp"
#include "html.hpp"
#include "link_request.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>

namespace lark::fake {

namespace {

constexpr std::size_t max_rows = 50;

std::string seconds(const page_texts& texts, duration d) {
    const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(d).count() / 100;
    return fill(texts.seconds, "{s}", std::to_string(tenths / 10) + "." + std::to_string(tenths % 10));
}

std::string header(std::initializer_list<std::string_view> names) {
    std::string out = "<thead><tr>";
    for (const auto name : names) out += "<th scope=\"col\">" + escape_html(name) + "</th>";
    return out + "</tr></thead>\n";
}

/// A table that may be wider than a phone: it scrolls by itself, for the keyboard too.
std::string table(std::string_view name, const std::string& rows) {
    return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + escape_html(name) + "\"><table>" +
           rows + "</table></div>\n";
}

std::string cell(const std::string& html) { return "<td>" + html + "</td>"; }

std::string polls_of(const code_info& code, const page_texts& texts) {
    if (code.recent_polls.empty()) return "0";
    std::string items;
    for (const auto& poll : code.recent_polls) {
        items += "<li><code>" + escape_html(poll.answer) + "</code> <span class=\"soft\">+" +
                 escape_html(seconds(texts, poll.at - code.begun)) + ", " + std::string(to_string(poll.host)) +
                 "</span></li>\n";
    }
    return "<details><summary>" + std::to_string(code.polls) + " <code>" +
           escape_html(code.recent_polls.back().answer) + "</code></summary><ul>" + items + "</ul></details>";
}

std::string row_of(const code_info& code, const page_texts& texts, time_point now) {
    const auto left = code.state == code_state::pending ? seconds(texts, code.expires - now) : std::string("–");
    return "<tr>" + cell(std::to_string(code.serial)) +
           cell("<a href=\"/page/launcher?user_code=" + escape_html(code.user_code) +
                "&amp;lang=" + std::string(texts.lang) + "\">" + escape_html(code.user_code) + "</a>") +
           cell(escape_html(name_of(texts, code.state))) + cell(escape_html(left)) +
           cell(escape_html(seconds(texts, code.interval))) + cell(escape_html(code.tenant_brand)) +
           cell(polls_of(code, texts)) + "</tr>\n";
}

std::string requests_table(const request_counters& counted, const page_texts& texts) {
    const auto row = [](std::string_view host, const request_counters::by_action& c) {
        std::string out = "<tr><th scope=\"row\">" + std::string(host) + "</th>";
        for (const auto n : {c.init, c.begin, c.poll, c.other, c.total()}) out += cell(std::to_string(n));
        return out + "</tr>\n";
    };
    return table(texts.requests, header({texts.host, "init", "begin", "poll", "other", texts.total}) + "<tbody>" +
                                     row("feishu", counted.feishu) + row("lark", counted.lark) + "</tbody>");
}

/// Milliseconds between the two polls of a code at one host that came closest to each other, of those that are kept.
std::string closest_polls(const code_info& code) {
    std::array<std::optional<time_point>, 2> last;  // by host
    std::optional<duration> closest;
    for (const auto& poll : code.recent_polls) {
        auto& before = last[static_cast<std::size_t>(poll.host)];
        if (before) closest = std::min(closest.value_or(duration::max()), poll.at - *before);
        before = poll.at;
    }
    if (!closest) return "null";
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*closest).count());
}

std::string record_of(const code_info& code) {
    const auto early = std::count_if(code.recent_polls.begin(), code.recent_polls.end(),
                                     [](const poll_record& poll) { return poll.answer == "slow_down"; });
    return object({{"serial", std::to_string(code.serial)},
                   {"state", json::quote(to_string(code.state))},
                   {"interval", std::to_string(code.interval.count())},
                   {"polls", std::to_string(code.polls)},
                   {"closest_polls_ms", closest_polls(code)},
                   {"slow_downs", std::to_string(early)},
                   {"client_id", code.client_id.empty() ? "null" : json::quote(code.client_id)}});
}

}  // namespace

http_response show_dashboard(const http_request& request, const accounts_service& service, const std::string& url,
                             time_point now) {
    const auto& texts = texts_for(read_link(request.url).lang, request);
    if (request.method != "GET") {
        auto refusal = html_message(405, texts, texts.not_here_title, texts.not_here_text);
        refusal.headers.push_back({"Allow", "GET"});
        return refusal;
    }
    const bool renews = request.url.find("renew=off") == std::string::npos;
    const auto codes = service.codes(now);
    std::string rows;
    for (std::size_t i = 0; i < std::min(codes.size(), max_rows); ++i)
        rows += row_of(codes[codes.size() - 1 - i], texts, now);

    html_page page{.title = texts.dashboard_title, .content = {}, .wide = true};
    page.content += element("p", texts.dashboard_note, "soft") + element("h2", texts.registrations);
    if (rows.empty()) {
        page.content += element("p", fill(texts.nothing_yet, "{url}", url));
    } else {
        page.content +=
            "<div class=\"scroll\"><table>" +
            header({"#", texts.code, texts.state, texts.time_left, texts.interval, texts.brand, texts.polls}) +
            "<tbody>" + rows + "</tbody></table></div>\n";
    }
    page.content += element("h2", texts.requests) + requests_table(service.counters(), texts);
    page.footer = language_link("/", texts) + "<a href=\"/?lang=" + std::string(texts.lang) +
                  (renews ? "&amp;renew=off" : "") + "\">" + escape_html(renews ? texts.pause : texts.resume) + "</a>";
    page.renews = renews;
    return html_reply(200, texts, page);
}

http_response show_records(const http_request& request, const accounts_service& service, time_point now) {
    if (request.method != "GET") return {405, {{"Allow", "GET"}}, ""};
    std::string body = "[";
    for (const auto& code : service.codes(now)) {
        if (body.size() > 1) body += ",\n";
        body += record_of(code);
    }
    return {200, {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}}, body + "]\n"};
}

}  // namespace lark::fake
