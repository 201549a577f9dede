// SPDX-License-Identifier: MIT
#include "accounts_model.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <utility>

namespace lark::fake {

namespace {

constexpr std::size_t max_recent_polls = 100;
constexpr std::chrono::seconds slow_down_step{5};  // RFC 8628, 3.5

void append(std::vector<json_field>& members, const std::vector<json_field>& more) {
    members.insert(members.end(), more.begin(), more.end());
}

void add(const registration::addon_groups& more, registration::addon_groups& scopes) {
    scopes.tenant.insert(scopes.tenant.end(), more.tenant.begin(), more.tenant.end());
    scopes.user.insert(scopes.user.end(), more.user.begin(), more.user.end());
}

/// Names with a blank between them, each known; none at all is fine too.
bool asks_for_known_user_info(std::string_view names) {
    while (!names.empty()) {
        const auto blank = names.find(' ');
        const auto name = names.substr(0, blank);
        if (name != "open_id" && name != "tenant_brand") return false;
        if (blank == std::string_view::npos) return true;
        names.remove_prefix(blank + 1);
    }
    return true;
}

std::string user_info_of(const code& c) {
    return object({{"open_id", json::quote(c.open_id)}, {"tenant_brand", json::quote(c.tenant_brand)}});
}

code_info info_of(const code& c) {
    code_info seen = static_cast<const code_info&>(c);  // and no more of it
    if (c.state != code_state::approved && c.state != code_state::used) seen.client_id.clear();
    return seen;
}

void note_poll(code& c, host_role host, time_point now, std::string word) {
    ++c.polls;
    if (c.recent_polls.size() >= max_recent_polls) c.recent_polls.erase(c.recent_polls.begin());
    c.recent_polls.push_back({now, host, std::move(word)});
}

}  // namespace

action accounts_model::action_of(const form_fields& form) noexcept {
    const auto name = field(form, "action");
    if (name == "init") return action::init;
    if (name == "begin") return action::begin;
    if (name == "poll") return action::poll;
    return action::other;
}

modelled_reply accounts_model::handle(host_role host, const form_fields& form, time_point now) {
    const auto what = action_of(form);
    if (what == action::init) return init();
    if (what == action::begin) return begin(host, form, now);
    if (what == action::poll) return poll(host, form, now);
    return error("invalid_request", "action must be init, begin or poll");
}

void accounts_model::note_lost(host_role host, const form_fields& form, time_point now) {
    if (action_of(form) != action::poll) return;
    if (auto* c = book_.by_device(field(form, "device_code"))) note_poll(*c, host, now, "fault");
}

modelled_reply accounts_model::init() {
    const auto nonce = json::quote(random_text(random_, alphanumeric, 22));
    return {json_response(200, {{"nonce", nonce}, {"supported_auth_methods", R"(["client_secret"])"}}), ""};
}

modelled_reply accounts_model::begin(host_role host, const form_fields& form, time_point now) {
    if (field(form, "archetype") != "PersonalAgent") return error("invalid_request", "archetype must be PersonalAgent");
    if (field(form, "auth_method") != "client_secret")
        return error("invalid_request", "auth_method must be client_secret");
    if (!asks_for_known_user_info(field(form, "request_user_info")))
        return error("invalid_request",
                     "request_user_info must be open_id, tenant_brand, or both with a blank between them");

    code& c = book_.add(random_);
    c.begun_at = host;
    c.begun = now;
    c.expires = saturating_add(now, options_.lifetime);
    if (options_.approve_after) c.approve_at = saturating_add(now, *options_.approve_after);
    if (options_.deny_after) c.deny_at = saturating_add(now, *options_.deny_after);
    c.interval = options_.interval;
    c.tenant_brand = options_.tenant_brand;

    const auto& page = options_.verification_page;
    const auto link = page + (page.find('?') == std::string::npos ? "?" : "&") + "user_code=" + c.user_code;
    std::vector<json_field> members{{"device_code", json::quote(c.device_code)},
                                    {"expires_in", std::to_string(options_.lifetime.count())},
                                    {"interval", std::to_string(options_.interval.count())},
                                    {"user_code", json::quote(c.user_code)},
                                    {"verification_uri", json::quote(page)},
                                    {"verification_uri_complete", json::quote(link)}};
    append(members, options_.begin_fields);
    return {json_response(200, members), ""};
}

modelled_reply accounts_model::poll(host_role host, const form_fields& form, time_point now) {
    if (field(form, "device_code").empty()) return error("invalid_request", "device_code is missing");
    code* c = book_.by_device(field(form, "device_code"));
    if (!c) return error("invalid_grant", "the device code is not known");
    c->settle(now);

    auto answered = [&]() -> modelled_reply {
        switch (c->state) {
        case code_state::pending: return pending(host, *c, now);
        case code_state::approved:
            if (c->tenant_brand == "lark" && host == host_role::feishu) return pending(host, *c, now);
            if (options_.single_use) c->state = code_state::used;
            return credentials(*c);
        case code_state::denied: return error("access_denied", "the user has denied the request");
        case code_state::expired: return error("expired_token", "the device code has expired");
        case code_state::used: return error("invalid_grant", "the device code has been used");
        }
        return error("server_error", "no such state");
    }();
    c->last_poll[static_cast<std::size_t>(host)] = now;
    note_poll(*c, host, now, answered.word);
    return answered;
}

modelled_reply accounts_model::pending(host_role host, code& c, time_point now) {
    std::vector<json_field> more;
    const bool brand_known = c.opened || c.state == code_state::approved;
    if (brand_known && c.tenant_brand == "lark" && host == host_role::feishu) {
        more.push_back({"user_info", user_info_of(c)});
    }
    append(more, options_.pending_fields);

    const auto last = c.last_poll[static_cast<std::size_t>(host)];
    if (options_.enforce_interval && last && now < saturating_add(*last, c.interval)) {
        c.interval += slow_down_step;
        return error("slow_down", "polled too soon", more);
    }
    return error("authorization_pending", "the user has not decided yet", more);
}

modelled_reply accounts_model::credentials(code& c) {
    std::vector<json_field> members{{"client_id", json::quote(c.client_id)}};
    const bool keyless = options_.auth_method != "client_secret";
    if (keyless) {
        members.push_back({"auth_method", '[' + json::quote(options_.auth_method) + ']'});
    } else {
        open_.add_app({c.client_id, c.client_secret, c.tenant_brand, c.open_id, c.scopes});
        members.push_back({"client_secret", json::quote(c.client_secret)});
    }
    if (options_.user_info_with_credentials) members.push_back({"user_info", user_info_of(c)});
    append(members, options_.credential_fields);
    return {json_response(200, members), keyless ? "keyless" : "credentials"};
}

modelled_reply accounts_model::error(std::string_view name, std::string_view description,
                                     const std::vector<json_field>& more) const {
    return error_answer(options_.error_status, name, description, more);
}

code* accounts_model::settled(std::string_view user_code, time_point now) const {
    code* c = book_.by_user(user_code);
    if (c) c->settle(now);
    return c;
}

bool accounts_model::open(std::string_view user_code, time_point now) {
    code* c = settled(user_code, now);
    if (c) c->opened = true;
    return c != nullptr;
}

bool accounts_model::decide(std::string_view user_code, code_state decision, time_point now) {
    code* c = settled(user_code, now);
    if (!c || c->state != code_state::pending) return false;
    c->state = decision;
    return true;
}

bool accounts_model::approve_update(std::string_view user_code, std::string_view client_id, time_point now) {
    const code* made = book_.made_app(client_id);
    if (!made || !decide(user_code, code_state::approved, now)) return false;
    code* c = book_.by_user(user_code);
    c->client_id = made->client_id;
    c->client_secret = made->client_secret;
    add(made->scopes, c->scopes);
    return true;
}

bool accounts_model::add_scopes(std::string_view user_code, const registration::addon_groups& scopes, time_point now) {
    code* c = settled(user_code, now);
    if (!c || c->state == code_state::used) return false;
    add(scopes, c->scopes);
    return true;
}

bool accounts_model::expire(std::string_view user_code, time_point now) {
    code* c = settled(user_code, now);
    if (!c || c->state == code_state::expired || c->state == code_state::used) return false;
    c->state = code_state::expired;
    c->expires = std::min(c->expires, now);
    return true;
}

std::size_t accounts_model::decide_all(code_state decision, time_point now) {
    auto& all = book_.all();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const code& c) { return decide(c.user_code, decision, now); }));
}

std::size_t accounts_model::expire_all(time_point now) {
    auto& all = book_.all();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const code& c) { return expire(c.user_code, now); }));
}

std::vector<code_info> accounts_model::codes(time_point now) const {
    std::vector<code_info> all;
    for (auto& c : book_.all()) {
        c.settle(now);
        all.push_back(info_of(c));
    }
    return all;
}

std::optional<code_info> accounts_model::find(std::string_view user_code, time_point now) const {
    const code* c = settled(user_code, now);
    return c ? std::optional{info_of(*c)} : std::nullopt;
}

}  // namespace lark::fake
