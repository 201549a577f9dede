// SPDX-License-Identifier: MIT
#include "page.hpp"

#include "../messages.hpp"
#include "tokens.hpp"

namespace lark::fake {

namespace {

std::string introduction(const link_request& link, const page_texts& texts) {
    const auto& text = link.client_id.empty() ? texts.asks_new : texts.asks_update;
    const std::string_view source = link.source.empty() ? texts.some_program : std::string_view(link.source);
    return element("p", fill(text, "{source}", source));
}

/// User code and time left.
std::string key_facts(const code_info& code, const page_texts& texts, time_point now) {
    const auto label = [](std::string_view text) { return element("div", text, "label"); };
    std::string out = "<div class=\"key\">\n<div>" + label(texts.code) + "<div class=\"value\">" +
                      escape_html(code.user_code) + "</div></div>\n";
    if (code.state == code_state::pending) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(code.expires - now);
        out += "<div>" + label(texts.time_left) + "<div class=\"value\">" + countdown(texts, left) + "</div></div>\n";
    }
    return out + "</div>\n";
}

/// How it ended, and what to do next.
std::string decision_text(code_state state, const page_texts& texts) {
    const auto say = [](std::string_view look, std::string_view title, std::string_view next) {
        return "<div class=\"status " + std::string(look) + "\" role=\"status\">" + element("h2", title) +
               element("p", next) + "</div>\n";
    };
    switch (state) {
    case code_state::pending: return {};
    case code_state::approved: return say("good", texts.approved_title, texts.approved_next);
    case code_state::used: return say("good", texts.used_title, texts.used_next);
    case code_state::denied: return say("bad", texts.denied_title, texts.denied_next);
    case code_state::expired: return say("bad", texts.expired_title, texts.expired_next);
    }
    return {};
}

std::string app_section(const link_request& link, const page_texts& texts) {
    const auto given = [&](const std::string& text) {
        // The real page puts the user's name there.
        return text.empty() ? std::string(texts.not_given) : fill(text, "{user}", texts.by_user);
    };
    std::string rows;
    if (!link.client_id.empty()) rows += described(texts.client_id, link.client_id);
    rows += described(texts.name, given(link.name)) + described(texts.desc, given(link.desc));
    rows += described_list(texts.avatars, link.avatars);
    return "<section>" + element("h2", texts.app) + "<dl>\n" + rows + "</dl>\n" +
           (link.create_only ? element("p", texts.create_only, "soft") : "") + "</section>\n";
}

std::string request_section(const link_request& link, const page_texts& texts) {
    if (!link.addons) return {};
    const auto& [preset, scopes, events, callbacks] = *link.addons;
    return "<section>" + element("h2", texts.asked_for) +
           element("p", preset.value_or(true) ? texts.preset : texts.no_preset, "soft") + "<dl>\n" +
           described_list(texts.tenant_scopes, scopes.tenant) + described_list(texts.user_scopes, scopes.user) +
           described_list(texts.tenant_events, events.items.tenant) +
           described_list(texts.user_events, events.items.user) + described_list(texts.callbacks, callbacks.items) +
           "</dl></section>\n";
}

std::string dropped_section(const link_request& link, const page_texts& texts) {
    if (link.dropped.empty()) return {};
    std::string items;
    for (const auto& item : link.dropped) {
        items += "<li><code>" + escape_html(item.what) + "</code><br><span class=\"soft\">" +
                 escape_html(why(texts, item.why)) + "</span></li>\n";
    }
    return "<section>" + element("h2", texts.dropped_title) + "<ul>\n" + items + "</ul>\n" +
           element("p", texts.dropped_note, "soft") + "</section>\n";
}

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
    if (code.state != code_state::pending) page.content += decision_text(code.state, texts);
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
        service.add_scopes(user_code, link.addons ? link.addons->scopes : registration::addon_groups{}, now);
    return {303, {{"Location", request.url}, {"Cache-Control", "no-store"}}, ""};
}

std::string decision_page::token_for(std::string_view user_code, std::string_view client_id) const {
    // A code has no NUL or line feed in it, so the two parts cannot run into each other.
    return hmac_hex(key_, std::string(user_code) + "\n" + std::string(client_id));
}

}  // namespace lark::fake
