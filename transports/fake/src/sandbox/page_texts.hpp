// SPDX-License-Identifier: MIT
#pragma once

#include "link_request.hpp"

#include <lark/fake/service_records.hpp>
#include <lark/http.hpp>

#include <string>
#include <string_view>

namespace lark::fake {

/// The texts of the sandbox's pages, in one language. `{…}` are places to be filled in.
struct page_texts {
    std::string_view lang;        ///< for HTML: `en`, `zh-CN`
    std::string_view other_lang;  ///< for `?lang=`
    std::string_view other_name;  ///< the other language in its own words
    std::string_view banner;
    std::string_view register_title, update_title;
    std::string_view asks_new, asks_update, some_program;  ///< {source}
    std::string_view code, time_left, time_template, time_over;
    std::string_view app, name, desc, avatars, client_id, by_user;
    std::string_view asked_for, tenant_scopes, user_scopes, tenant_events, user_events, callbacks;
    std::string_view preset, no_preset, create_only, not_given;
    std::string_view dropped_title, dropped_note;
    std::string_view warning;
    std::string_view approve, deny;
    std::string_view approved_title, approved_next, used_title, used_next, denied_title, denied_next, expired_title,
        expired_next;
    std::string_view unknown_app_title, unknown_app_text;
    std::string_view no_code_title, no_code_text, bad_form_title, bad_form_text, not_here_title, not_here_text;
    std::string_view dashboard, dashboard_title, dashboard_note, nothing_yet, registrations, requests;
    std::string_view state, interval, polls, brand, host, seconds, pause, resume, total;
    std::string_view state_names[5];   ///< by `code_state`
    std::string_view drop_reasons[9];  ///< by `dropped_item::reason`
};

/// `lang` (of the link) decides, else the Accept-Language header (RFC 9110, 12.5.4), else English.
[[nodiscard]] const page_texts& texts_for(std::string_view lang, const http_request& request);

/// `text` with `place`, such as `{source}`, replaced by `value`.
[[nodiscard]] std::string fill(std::string_view text, std::string_view place, std::string_view value);

[[nodiscard]] std::string_view name_of(const page_texts& texts, code_state state) noexcept;
[[nodiscard]] std::string_view why(const page_texts& texts, dropped_item::reason reason) noexcept;

}  // namespace lark::fake
