// SPDX-License-Identifier: MIT
#include <lark/fake/accounts_service.hpp>

#include "accounts_model.hpp"
#include "messages.hpp"
#include "open_model.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <utility>
#include <variant>

namespace lark::fake {

namespace {

std::uint64_t& counter(request_counters::by_action& of_host, action what) noexcept {
    switch (what) {
    case action::init: return of_host.init;
    case action::begin: return of_host.begin;
    case action::poll: return of_host.poll;
    case action::token: return of_host.token;
    case action::bot_info: return of_host.bot_info;
    case action::message: return of_host.message;
    case action::app_info: return of_host.app_info;
    case action::other: break;
    }
    return of_host.other;
}

}  // namespace

std::string_view to_string(host_role host) noexcept {
    switch (host) {
    case host_role::feishu: return "feishu";
    case host_role::lark: return "lark";
    }
    return "";
}

std::string_view to_string(action what) noexcept {
    switch (what) {
    case action::init: return "init";
    case action::begin: return "begin";
    case action::poll: return "poll";
    case action::token: return "token";
    case action::bot_info: return "bot_info";
    case action::message: return "message";
    case action::app_info: return "app_info";
    case action::other: return "other";
    }
    return "";
}

std::string_view to_string(code_state state) noexcept {
    switch (state) {
    case code_state::pending: return "pending";
    case code_state::approved: return "approved";
    case code_state::denied: return "denied";
    case code_state::expired: return "expired";
    case code_state::used: return "used";
    }
    return "";
}

/// Finds the hosts that a request is for, counts it, and lets faults strike.
class accounts_service::model {
public:
    explicit model(service_options chosen) : options(std::move(chosen)), random(options.random) {
        if (!random) random = [generator = std::mt19937_64{1}]() mutable { return generator(); };
    }
    model(const model&) = delete;  // the two models refer to its members
    model& operator=(const model&) = delete;

    service_reply handle(host_role host, const http_request& request, time_point now) {
        const auto path = path_of(request.url);
        if (open_model::serves(path))
            return reply_to(host, open_model::action_of(request.method, path), now,
                            [&] { return open_platform.handle(host, request, now); });
        if (!accounts_model::serves(path)) return refuse(host, 404, "no such path", now);
        if (request.method != "POST") return refuse(host, 405, "the method must be POST", now);
        if (!is_form(request))
            return refuse(host, options.error_status, "the body must be application/x-www-form-urlencoded", now);
        return handle_form(host, request.body, now);
    }

    service_reply handle_form(host_role host, std::string_view text, time_point now) {
        const auto form = parse_form(text);
        if (!form) return refuse(host, options.error_status, "the form cannot be read", now);
        return reply_to(
            host, accounts_model::action_of(*form), now, [&] { return accounts.handle(host, *form, now); },
            [&] { accounts.note_lost(host, *form, now); });
    }

    service_options options;
    std::function<std::uint64_t()> random;
    request_counters counters{};
    std::deque<fault> faults{};
    open_model open_platform{options, random};
    accounts_model accounts{options, random, open_platform};

private:
    service_reply refuse(host_role host, int status, std::string_view description, time_point now) {
        auto refusal = error_answer(status, "invalid_request", description);
        if (status == 405) refusal.response.headers.push_back({"Allow", "POST"});
        return reply_to(host, action::other, now, [&] { return std::move(refusal); });
    }

    /// `lost` is called instead of `process` if a fault keeps the request from the model.
    service_reply reply_to(
        host_role host, action what, time_point now, const std::function<modelled_reply()>& process,
        const std::function<void()>& lost = [] {}) {
        ++counter(host == host_role::feishu ? counters.feishu : counters.lark, what);
        const auto spoilt = take_fault(host, what, now);
        const bool through = !spoilt || spoilt->processed || std::holds_alternative<std::monostate>(spoilt->instead);

        service_reply reply;
        if (through) {
            auto answered = process();
            reply.summary = std::to_string(answered.response.status);
            if (!answered.word.empty()) reply.summary += " " + answered.word;
            // The open hosts have theirs.
            if (!find_header(answered.response.headers, "X-Tt-Logid"))
                answered.response.headers.push_back(
                    {"X-Tt-Logid", "fake-accounts-" + std::to_string(counters.total())});
            reply.result = std::move(answered.response);
        } else {
            lost();
        }
        if (!spoilt) return reply;

        reply.delay = spoilt->delay;
        if (const auto* response = std::get_if<http_response>(&spoilt->instead)) {
            reply.result = *response;
            reply.summary = std::to_string(response->status) + " fault";
        } else if (const auto* failure = std::get_if<transport_failure>(&spoilt->instead)) {
            reply.result = *failure;
            reply.summary = "failure " + std::string(to_string(failure->kind));
        }
        return reply;
    }

    std::optional<fault> take_fault(host_role host, action what, time_point now) {
        std::erase_if(faults, [now](const fault& f) { return f.until ? *f.until <= now : f.replies == 0; });
        const auto meant = [&](const fault& f) { return (!f.on || *f.on == what) && (!f.at || *f.at == host); };
        const auto found = std::find_if(faults.begin(), faults.end(), meant);
        if (found == faults.end()) return std::nullopt;
        if (!found->until) --found->replies;
        return *found;
    }
};

accounts_service::accounts_service(service_options options) : model_(std::make_unique<model>(std::move(options))) {}
accounts_service::accounts_service(accounts_service&& other) noexcept = default;
accounts_service& accounts_service::operator=(accounts_service&& other) noexcept = default;
accounts_service::~accounts_service() = default;

service_reply accounts_service::handle(host_role host, const http_request& request, time_point now) {
    return model_->handle(host, request, now);
}

service_reply accounts_service::handle_form(host_role host, std::string_view form, time_point now) {
    return model_->handle_form(host, form, now);
}

bool accounts_service::open(std::string_view user_code, time_point now) {
    return model_->accounts.open(user_code, now);
}

bool accounts_service::approve(std::string_view user_code, time_point now) {
    return model_->accounts.decide(user_code, code_state::approved, now);
}

bool accounts_service::approve_update(std::string_view user_code, std::string_view client_id, time_point now) {
    return model_->accounts.approve_update(user_code, client_id, now);
}

bool accounts_service::add_scopes(std::string_view user_code, const registration::addon_groups& scopes,
                                  time_point now) {
    return model_->accounts.add_scopes(user_code, scopes, now);
}

bool accounts_service::knows_app(std::string_view client_id) const noexcept {
    return model_->accounts.knows_app(client_id);
}

bool accounts_service::deny(std::string_view user_code, time_point now) {
    return model_->accounts.decide(user_code, code_state::denied, now);
}

bool accounts_service::expire(std::string_view user_code, time_point now) {
    return model_->accounts.expire(user_code, now);
}

std::size_t accounts_service::approve_all(time_point now) {
    return model_->accounts.decide_all(code_state::approved, now);
}
std::size_t accounts_service::deny_all(time_point now) { return model_->accounts.decide_all(code_state::denied, now); }
std::size_t accounts_service::expire_all(time_point now) { return model_->accounts.expire_all(now); }

void accounts_service::add_fault(fault f) { model_->faults.push_back(std::move(f)); }
void accounts_service::clear_faults() noexcept { model_->faults.clear(); }

std::size_t accounts_service::faults_left() const noexcept {
    std::size_t left = 0;
    for (const auto& f : model_->faults)
        if (!f.until) left += f.replies;
    return left;
}

void accounts_service::add_app(known_app app) { model_->open_platform.add_app(std::move(app)); }
void accounts_service::on(std::string method, std::string path, api_handler handler) {
    model_->open_platform.add_handler(std::move(method), std::move(path), std::move(handler));
}
std::size_t accounts_service::expire_tokens(time_point now) { return model_->open_platform.expire_tokens(now); }
std::vector<sent_message> accounts_service::messages() const {
    const auto& all = model_->open_platform.messages();
    return {all.begin(), all.end()};
}

std::vector<code_info> accounts_service::codes(time_point now) const { return model_->accounts.codes(now); }

std::optional<code_info> accounts_service::find(std::string_view user_code, time_point now) const {
    return model_->accounts.find(user_code, now);
}

const request_counters& accounts_service::counters() const noexcept { return model_->counters; }
service_options& accounts_service::options() noexcept { return model_->options; }
const service_options& accounts_service::options() const noexcept { return model_->options; }

}  // namespace lark::fake
