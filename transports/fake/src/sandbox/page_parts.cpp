// SPDX-License-Identifier: MIT
#include "page_parts.hpp"

#include <Poco/StringTokenizer.h>

namespace lark::fake {

std::string introduction(const link_request& link, const page_texts& texts) {
    const auto& text = link.client_id.empty() ? texts.asks_new : texts.asks_update;
    const std::string_view source = link.source.empty() ? texts.some_program : std::string_view(link.source);
    return element("p", fill(text, "{source}", source));
}

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

std::string verdict(code_state state, const page_texts& texts) {
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
    if (!link.has_addons) return {};
    return "<section>" + element("h2", texts.asked_for) +
           element("p", link.preset ? texts.preset : texts.no_preset, "soft") + "<dl>\n" +
           described_list(texts.tenant_scopes, link.tenant_scopes) +
           described_list(texts.user_scopes, link.user_scopes) +
           described_list(texts.tenant_events, link.tenant_events) +
           described_list(texts.user_events, link.user_events) + described_list(texts.callbacks, link.callbacks) +
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
