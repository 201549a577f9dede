// SPDX-License-Identifier: MIT
#include "html.hpp"

#include "tokens.hpp"

#include <lark/text.hpp>

#include <Poco/StringTokenizer.h>

namespace lark::fake {

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

http_response html_reply(int status, const page_texts& texts, const html_page& page) {
    const auto nonce = random_hex(16);
    const auto title = escape_html(page.title);
    std::string body = "<!doctype html>\n<html lang=\"" + std::string(texts.lang) +
                       "\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<link rel=\"icon\" href=\"data:,\">\n<title>" +
                       title + "</title>\n<style nonce=\"" + nonce + "\">" + std::string(page_style) +
                       "</style>\n</head>\n<body" + (page.renews ? " data-renew" : "") +
                       ">\n<div class=\"banner\" role=\"note\">" + escape_html(texts.banner) + "</div>\n<main" +
                       (page.wide ? " class=\"wide\"" : "") + ">\n<h1>" + title + "</h1>\n" + page.content +
                       "</main>\n";
    if (!page.footer.empty()) body += "<footer>" + page.footer + "</footer>\n";
    body += "<script nonce=\"" + nonce + "\">" + std::string(page_script) + "</script>\n</body>\n</html>\n";
    return {status,
            {{"Content-Type", "text/html; charset=utf-8"},
             {"Content-Security-Policy",
              "default-src 'none'; style-src 'nonce-" + nonce + "'; script-src 'nonce-" + nonce +
                  "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
             {"Content-Language", std::string(texts.lang)},
             {"Vary", "Accept-Language"},
             {"X-Content-Type-Options", "nosniff"},
             {"X-Frame-Options", "DENY"},
             {"Referrer-Policy", "same-origin"},
             {"Cache-Control", "no-store"}},
            body};
}

http_response html_message(int status, const page_texts& texts, std::string_view title, std::string_view text) {
    return html_reply(status, texts, {.title = title, .content = element("p", text)});
}

std::string element(std::string_view tag, std::string_view text, std::string_view css_class) {
    const std::string name(tag);
    const auto attribute = css_class.empty() ? "" : " class=\"" + escape_html(css_class) + "\"";
    return "<" + name + attribute + ">" + escape_html(text) + "</" + name + ">\n";
}

std::string described(std::string_view name, std::string_view value) {
    return element("dt", name) + element("dd", value);
}

std::string described_list(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return {};
    std::string items;
    for (const auto& value : values) items += "<li><code>" + escape_html(value) + "</code></li>\n";
    return element("dt", name) + "<dd><ul>\n" + items + "</ul></dd>\n";
}

std::string countdown(const page_texts& texts, std::chrono::seconds left) {
    const auto minutes = std::to_string(left.count() / 60);
    const auto seconds = std::to_string(left.count() % 60);
    return "<span role=\"timer\" data-left=\"" + std::to_string(left.count()) + "\" data-template=\"" +
           escape_html(texts.time_template) + "\" data-over=\"" + escape_html(texts.time_over) + "\">" +
           escape_html(fill(fill(texts.time_template, "{m}", minutes), "{s}", seconds)) + "</span>";
}

std::string language_link(const std::string& target, const page_texts& texts) {
    const auto question = target.find('?');
    std::string query;
    if (question != std::string::npos) {
        for (const auto& part : Poco::StringTokenizer(target.substr(question + 1), "&")) {
            if (!part.starts_with("lang=")) query += part + "&";
        }
    }
    const auto other = target.substr(0, question) + "?" + query + "lang=" + std::string(texts.other_lang);
    return "<a href=\"" + escape_html(other) + "\" hreflang=\"" + std::string(texts.other_lang) + "\">" +
           escape_html(texts.other_name) + "</a>\n";
}

}  // namespace lark::fake
