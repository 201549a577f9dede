// SPDX-License-Identifier: MIT
#include "open_model.hpp"

#include "code_book.hpp"

#include <lark/json.hpp>

#include <algorithm>
#include <chrono>
#include <initializer_list>

namespace lark::fake {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view root = "/open-apis/";
constexpr std::string_view token_path = "/open-apis/auth/v3/tenant_access_token/internal";
constexpr std::string_view assertion_path = "/oauth/v3/token";
constexpr std::string_view bot_path = "/open-apis/bot/v3/info";
constexpr std::string_view message_path = "/open-apis/im/v1/messages";
constexpr std::string_view apps_path = "/open-apis/application/v6/applications/";
constexpr auto renewal =
    30min;  // protocol.md, 6: a fresh token is only issued when the old one has less than that left

modelled_reply refusal(int status, std::int64_t code, std::string_view message) {
    return {api_refusal(code, message, status), std::to_string(code)};
}

modelled_reply good(std::string_view message, std::vector<json_field> more) {
    std::vector<json_field> members{{"code", "0"}, {"msg", json::quote(message)}};
    members.insert(members.end(), more.begin(), more.end());
    return {json_response(200, members), ""};
}

bool lives_at(host_role host, const known_app& app) noexcept {
    return (app.tenant_brand == "lark") == (host == host_role::lark);
}

modelled_reply wrong_host() {
    return refusal(200, 1000040351, "Incorrect domain name, please check the domain name of the tenant");
}

constexpr std::string_view self_manage = "application:application:self_manage";
constexpr std::string_view app_info_readonly = "admin:app.info:readonly";

/// Where a scope is granted.
struct sides {
    bool tenant = false;
    bool user = false;
};

/// The refusal of a call that needs one of `scopes`.
modelled_reply lacks(std::initializer_list<std::string_view> scopes) {
    std::string names;
    std::string violations;
    for (const auto name : scopes) {
        if (!names.empty()) names += ", ", violations += ',';
        names += name;
        violations += object({{"type", json::quote("action_scope_required")}, {"subject", json::quote(name)}});
    }
    const auto text = "Access denied. One of the following scopes is required: [" + names + "]";
    return {json_response(400, {{"code", "99991672"},
                                {"msg", json::quote(text)},
                                {"error", object({{"permission_violations", '[' + violations + ']'}})}}),
            "99991672"};
}

std::string_view bearer(const http_request& request) {
    constexpr std::string_view scheme = "Bearer ";
    const auto given = find_header(request.headers, "Authorization").value_or("");
    return given.substr(0, scheme.size()) == scheme ? given.substr(scheme.size()) : std::string_view{};
}

std::string text_of(const json& body, std::string_view name) { return body[name].as_string().value_or(""); }

}  // namespace

bool open_model::serves(std::string_view path) noexcept { return path.starts_with(root) || path == assertion_path; }

action open_model::action_of(std::string_view method, std::string_view path) noexcept {
    if ((path == token_path || path == assertion_path) && method == "POST") return action::token;
    if (path == bot_path && method == "GET") return action::bot_info;
    if (path == message_path && method == "POST") return action::message;
    if (path.starts_with(apps_path) && path.find('/', apps_path.size()) == std::string_view::npos && method == "GET")
        return action::app_info;
    return action::other;
}

void open_model::add_handler(std::string method, std::string path, api_handler handler) {
    routes_.add(std::move(method), std::move(path), root, std::move(handler));
}

void open_model::add_app(known_app app) {
    auto id = app.app_id;
    if (!apps_.contains(id)) {
        if (order_.size() >= max_apps) {
            apps_.erase(order_.front());
            order_.pop_front();
        }
        order_.push_back(id);
    }
    registered entry{std::move(app), "ou_bot_" + id, {}};
    apps_.insert_or_assign(std::move(id), std::move(entry));
}

modelled_reply open_model::handle(host_role host, const http_request& request, time_point now) {
    const auto answered = [&]() -> modelled_reply {
        const auto path = path_of(request.url);
        const auto what = action_of(request.method, path);
        if (what == action::token && path == assertion_path) return exchange_assertion(host, request, now);
        if (what == action::token) return issue_token(host, request, now);
        api_routes::parameters in_path;
        if (const auto* handler = routes_.find(request.method, request.url, in_path))
            return call_handler(*handler, {.request = request, .host = host, .in_path = std::move(in_path), .now = now},
                                now);
        const registered* by = nullptr;
        if (auto refused = refuse_call(host, request, now, by)) return std::move(*refused);
        if (what == action::bot_info) return bot_info(*by);
        if (what == action::app_info) return app_info(*by, request);
        if (what == action::message) return send_message(*by, request, now);
        return {{404, {{"Content-Type", "text/plain; charset=utf-8"}}, "404 page not found"}, "no such path"};
    };
    auto reply = answered();
    const auto log_id = "fake-" + std::to_string(++requests_);
    if (!find_header(reply.response.headers, "X-Tt-Logid")) reply.response.headers.push_back({"X-Tt-Logid", log_id});
    return reply;
}

modelled_reply open_model::issue_token(host_role host, const http_request& request, time_point now) {
    const auto body = json::parse(request.body).value_or(json{});
    const auto id = text_of(body, "app_id");
    const auto app_secret = text_of(body, "app_secret");
    if (id.empty() || app_secret.empty()) return refusal(200, 10003, "invalid param");
    const auto found = apps_.find(id);
    if (found == apps_.end() || found->second.app.app_secret != app_secret)
        return refusal(200, 10014, "app secret invalid");
    auto& entry = found->second;
    if (!lives_at(host, entry.app)) return wrong_host();
    const auto left = renew_token(entry, now);
    return good("ok", {{"expire", std::to_string(left.count())}, {"tenant_access_token", json::quote(entry.token)}});
}

modelled_reply open_model::exchange_assertion(host_role host, const http_request& request, time_point now) {
    const auto refuse = [](std::string_view error, std::string_view description) {
        return error_answer(400, error, description);
    };
    const auto body = json::parse(request.body).value_or(json{});
    if (text_of(body, "grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer")
        return refuse("unsupported_grant_type", "grant_type must be jwt-bearer");
    if (text_of(body, "client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        return refuse("invalid_request", "client_assertion_type must be jwt-bearer");
    const auto found = apps_.find(text_of(body, "client_id"));
    const auto assertion = text_of(body, "client_assertion");
    const bool known = found != apps_.end() && !assertion.empty() && found->second.app.client_assertion == assertion;
    if (!known || !lives_at(host, found->second.app)) return refuse("invalid_client", "the assertion is not accepted");
    const auto left = renew_token(found->second, now);
    return {json_response(200, {{"access_token", json::quote(found->second.token)},
                                {"expires_in", std::to_string(left.count())},
                                {"token_type", json::quote("Bearer")}}),
            ""};
}

/// Makes a new token if less than the time for renewals is left of the newest. Returns how much is left of it.
std::chrono::seconds open_model::renew_token(registered& entry, time_point now) {
    forget_expired(now);
    auto current = tokens_.find(entry.token);
    if (current == tokens_.end() || current->second.expires - now < renewal) {
        entry.token = "t-" + random_text(random_, alphanumeric, 40);
        const token fresh{entry.app.app_id, saturating_add(now, options_.token_lifetime)};
        current = tokens_.insert_or_assign(entry.token, fresh).first;
        expiries_.emplace(current->second.expires, entry.token);
    }
    return std::chrono::floor<std::chrono::seconds>(current->second.expires - now);
}

std::optional<modelled_reply> open_model::refuse_call(host_role host, const http_request& request, time_point now,
                                                      const registered*& by) const {
    const auto given = bearer(request);
    if (given.empty())
        return refusal(400, 99991661,
                       "Missing access token for authorization. Please make a request with token attached.");
    const auto found = tokens_.find(given);
    const auto app =
        found == tokens_.end() || found->second.expires <= now ? apps_.end() : apps_.find(found->second.app_id);
    if (app == apps_.end())
        return refusal(400, 99991663,
                       "Invalid access token for authorization. Please make a request with token attached.");
    if (!lives_at(host, app->second.app)) return wrong_host();
    by = &app->second;
    return std::nullopt;
}

modelled_reply open_model::call_handler(const api_handler& handler, api_call call, time_point now) const {
    constexpr std::string_view of_users = "u-";  // this model issues none, so it cannot tell a good one
    const registered* by = nullptr;
    if (!bearer(call.request).starts_with(of_users)) {
        if (auto refused = refuse_call(call.host, call.request, now, by)) return std::move(*refused);
        call.app_id = by->app.app_id;
    }
    return {handler(call), "handler"};
}

modelled_reply open_model::bot_info(const registered& of) const {
    return good("ok", {{"bot", object({{"activate_status", std::to_string(options_.activate_status)},
                                       {"app_name", json::quote(options_.app_name)},
                                       {"avatar_url", json::quote("https://example.com/avatar.png")},
                                       {"ip_white_list", "[]"},
                                       {"open_id", json::quote(of.bot_open_id)}})}});
}

modelled_reply open_model::app_info(const registered& of, const http_request& request) const {
    const auto path = path_of(request.url);
    const auto id = std::string_view(path).substr(apps_path.size());
    if (query_of(request.url, "lang").empty()) return refusal(400, 99992402, "field validation failed");
    if (id != "me" && id != of.app.app_id) return refusal(400, 210504, "no such app in tenant");
    std::map<std::string_view, sides, std::less<>> scopes;
    for (const auto* groups : {&options_.scopes, &of.app.scopes}) {
        for (const auto& name : groups->tenant) scopes[name].tenant = true;
        for (const auto& name : groups->user) scopes[name].user = true;
    }
    const auto may_read = [&](std::string_view name) {
        const auto found = scopes.find(name);
        return found != scopes.end() && found->second.tenant;
    };
    if (!may_read(self_manage) && !may_read(app_info_readonly)) return lacks({self_manage, app_info_readonly});
    std::string list;
    for (const auto& [name, side] : scopes) {
        if (!list.empty()) list += ',';
        list += object({{"scope", json::quote(name)},
                        {"description", R"("")"},
                        {"level", "1"},
                        {"token_types", side.tenant && side.user ? R"(["tenant","user"])"
                                        : side.tenant            ? R"(["tenant"])"
                                                                 : R"(["user"])"}});
    }
    return good("success", {{"data", object({{"app", object({{"app_id", json::quote(of.app.app_id)},
                                                             {"app_name", json::quote(options_.app_name)},
                                                             {"status", "1"},
                                                             {"scopes", '[' + list + ']'}})}})}});
}

modelled_reply open_model::send_message(const registered& by, const http_request& request, time_point now) {
    constexpr int enabled = 2;
    const auto body = json::parse(request.body).value_or(json{});
    const auto to = text_of(body, "receive_id");
    const auto type = text_of(body, "msg_type");
    const auto content = text_of(body, "content");
    const auto id_type = query_of(request.url, "receive_id_type");
    if (to.empty() || type.empty() || content.empty() || id_type.empty())
        return refusal(400, 99992402, "field validation failed");
    if (id_type != "open_id") return refusal(400, 230001, "this model knows the receive_id_type open_id only");
    if (!json::parse(content))
        return refusal(
            400, 230001,
            "Your request contains an invalid request parameter, ext=content is not a string in json format");
    if (options_.activate_status != enabled) return refusal(400, 230006, "Bot ability is not activated.");
    if (to != by.app.open_id) return refusal(400, 230013, "Bot has NO availability to this user.");

    if (messages_.size() >= max_messages) messages_.pop_front();
    const auto id = "om_" + random_text(random_, "0123456789abcdef", 32);
    messages_.push_back(
        {.at = now, .message_id = id, .app_id = by.app.app_id, .receive_id = to, .msg_type = type, .content = content});
    const auto at = json::quote(
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()));
    return good("success", {{"data", object({{"message_id", json::quote(id)},
                                             {"msg_type", json::quote(type)},
                                             {"create_time", at},
                                             {"update_time", at},
                                             {"deleted", "false"},
                                             {"updated", "false"},
                                             {"sender", object({{"id", json::quote(by.app.app_id)},
                                                                {"id_type", json::quote("app_id")},
                                                                {"sender_type", json::quote("app")}})},
                                             {"body", object({{"content", json::quote(content)}})}})}});
}

std::size_t open_model::expire_tokens(time_point now) {
    forget_expired(now);
    const auto count = tokens_.size();
    tokens_.clear();
    expiries_.clear();
    return count;
}

void open_model::forget_expired(time_point now) {
    while (!expiries_.empty() && expiries_.begin()->first <= now) {
        const auto expired = tokens_.find(expiries_.begin()->second);
        if (expired != tokens_.end() && expired->second.expires <= now) tokens_.erase(expired);
        expiries_.erase(expiries_.begin());
    }
}

}  // namespace lark::fake
