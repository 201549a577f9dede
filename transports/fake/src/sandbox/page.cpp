// SPDX-License-Identifier: MIT
#include "page.hpp"

#include "../form.hpp"
#include "page_parts.hpp"
#include "random_hex.hpp"

namespace lark::fake {

namespace {

/// True unless the link asks to update an app that was not made here.
bool may_approve(const link_request& link, const accounts_service& service) {
    return link.client_id.empty() || service.knows_app(link.client_id);
}

}  // namespace

decision_page::decision_page() : key_(random_hex(32)) {}

bool decision_page::serves(std::string_view path) noexcept { return path == "/page/launcher" || path == "/page/cli"; }

http_response decision_page::handle(const http_request& request, accounts_service& service, time_point now) const {
    if (request.method == "GET") return show(request, service, now);
    if (request.method == "POST") return decide(request, service, now);
    const auto& texts = texts_for({}, request);
    auto refusal = html_message(405, texts, texts.not_here_title, texts.not_here_text);
    refusal.headers.push_back({"Allow", "GET, POST"});
    return refusal;
}

http_response decision_page::show(const http_request& request, accounts_service& service, time_point now) const {
    const auto link = read_link(request.url);
    const auto& texts = texts_for(link.lang, request);
    if (!service.open(link.user_code, now)) return html_message(404, texts, texts.no_code_title, texts.no_code_text);
    const auto code = *service.find(link.user_code, now);

    html_page page{.title = link.client_id.empty() ? texts.register_title : texts.update_title,
                   .content = introduction(link, texts) + key_facts(code, texts, now)};
    if (code.state != code_state::pending) page.content += verdict(code.state, texts);
    page.content += app_section(link, texts) + request_section(link, texts) + dropped_section(link, texts);
    if (code.state == code_state::pending) page.content += forms(link, texts, may_approve(link, service));
    page.renews = code.state == code_state::approved;  // until the credentials have been fetched
    page.footer = language_link(request.url, texts) + "<a href=\"/?lang=" + std::string(texts.lang) + "\">" +
                  escape_html(texts.dashboard) + "</a>";
    return html_reply(200, texts, page);
}

std::string decision_page::forms(const link_request& link, const page_texts& texts, bool may_approve) const {
    const auto hidden = [](std::string_view name, std::string_view value) {
        return "<input type=\"hidden\" name=\"" + escape_html(name) + "\" value=\"" + escape_html(value) + "\">";
    };
    const auto common =
        hidden("user_code", link.user_code) + hidden("token", token_for(link.user_code, link.client_id));
    const auto button = [&](std::string_view decision, std::string_view label, std::string_view look) {
        return "<form method=\"post\">" + common + hidden("decision", decision) + "<button type=\"submit\"" +
               std::string(look) + ">" + escape_html(label) + "</button></form>\n";
    };
    std::string out;
    if (may_approve) out += element("p", texts.warning, "warning");
    else
        out += "<div class=\"status bad\" role=\"alert\">" + element("h2", texts.unknown_app_title) +
               element("p", texts.unknown_app_text) + "</div>\n<p></p>\n";
    out += "<div class=\"actions\">\n";
    if (may_approve) out += button("approve", texts.approve, " class=\"main\"");
    return out + button("deny", texts.deny, "") + "</div>\n";
}

http_response decision_page::decide(const http_request& request, accounts_service& service, time_point now) const {
    const auto link = read_link(request.url);
    const auto& texts = texts_for(link.lang, request);
    const auto form = is_form(request) ? parse_form(request.body) : std::nullopt;
    if (!form) return html_message(400, texts, texts.not_here_title, texts.not_here_text);
    const auto user_code = field(*form, "user_code");
    if (!same_secret(field(*form, "token"), token_for(user_code, link.client_id)))
        return html_message(403, texts, texts.bad_form_title, texts.bad_form_text);
    const auto decision = field(*form, "decision");
    if (decision != "approve" && decision != "deny")
        return html_message(400, texts, texts.not_here_title, texts.not_here_text);
    if (decision == "approve" && !may_approve(link, service))
        return html_message(409, texts, texts.unknown_app_title, texts.unknown_app_text);
    // Too late or twice changes nothing; the page says where the code stands.
    if (decision == "deny") service.deny(user_code, now);
    else if (link.client_id.empty() ? service.approve(user_code, now)
                                    : service.approve_update(user_code, link.client_id, now))
        service.add_scopes(user_code, {link.tenant_scopes, link.user_scopes}, now);
    return {303, {{"Location", request.url}, {"Cache-Control", "no-store"}}, ""};
}

std::string decision_page::token_for(std::string_view user_code, std::string_view client_id) const {
    // A code has no NUL or line feed in it, so the two parts cannot run into each other.
    return hmac_hex(key_, std::string(user_code) + "\n" + std::string(client_id));
}

}  // namespace lark::fake
