// SPDX-License-Identifier: MIT
#include <lark/registration/trace.hpp>

#include "base/text.hpp"

#include <lark/registration/outputs.hpp>

#include <algorithm>
#include <ostream>

namespace lark::registration {
namespace {

constexpr std::size_t longest_authority = 262;  // a name of RFC 1035, in brackets or not, and a port
constexpr std::size_t longest_log_id = 128;

bool consists_of(std::string_view text, std::string_view more, std::size_t longest) noexcept {
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [&](char c) {
        return base::is_digit(c) || base::is_alpha(c) || more.find(c) != std::string_view::npos;
    });
}

}  // namespace

std::optional<host_name> host_name::parse(std::string_view text) {
    if (!consists_of(text, ".-_:[]", longest_authority)) return {};
    return host_name{std::string{text}};
}

std::optional<log_id> log_id::parse(std::string_view text) {
    if (!consists_of(text, ".-_", longest_log_id)) return {};
    return log_id{std::string{text}};
}

std::string_view to_string(exchange_step v) noexcept {
    switch (v) {
    case exchange_step::init: return "init";
    case exchange_step::begin: return "begin";
    case exchange_step::poll: return "poll";
    case exchange_step::token: return "token";
    case exchange_step::call: return "call";
    }
    return "unknown";
}

std::string_view to_string(oauth_error v) noexcept {
    switch (v) {
    case oauth_error::none: return "none";
    case oauth_error::authorization_pending: return "authorization_pending";
    case oauth_error::slow_down: return "slow_down";
    case oauth_error::access_denied: return "access_denied";
    case oauth_error::expired_token: return "expired_token";
    case oauth_error::invalid_grant: return "invalid_grant";
    case oauth_error::invalid_request: return "invalid_request";
    case oauth_error::invalid_client: return "invalid_client";
    case oauth_error::unauthorized_client: return "unauthorized_client";
    case oauth_error::unsupported_grant_type: return "unsupported_grant_type";
    case oauth_error::invalid_scope: return "invalid_scope";
    case oauth_error::server_error: return "server_error";
    case oauth_error::temporarily_unavailable: return "temporarily_unavailable";
    case oauth_error::other: return "other";
    }
    return "unknown";
}

std::string_view to_string(exchange_result v) noexcept {
    switch (v) {
    case exchange_result::none: return "none";
    case exchange_result::auth_methods: return "auth_methods";
    case exchange_result::link: return "link";
    case exchange_result::pending: return "pending";
    case exchange_result::slow_down: return "slow_down";
    case exchange_result::lark_user: return "lark_user";
    case exchange_result::nothing: return "nothing";
    case exchange_result::credentials: return "credentials";
    case exchange_result::token: return "token";
    case exchange_result::data: return "data";
    case exchange_result::error: return "error";
    case exchange_result::platform_error: return "platform_error";
    case exchange_result::bad_status: return "bad_status";
    case exchange_result::no_json: return "no_json";
    case exchange_result::incomplete: return "incomplete";
    case exchange_result::keyless: return "keyless";
    case exchange_result::no_reply: return "no_reply";
    case exchange_result::timeout: return "timeout";
    }
    return "unknown";
}

std::string_view to_string(next_step v) noexcept {
    switch (v) {
    case next_step::send: return "send";
    case next_step::wait: return "wait";
    case next_step::expire: return "expire";
    case next_step::success: return "success";
    case next_step::failure: return "failure";
    }
    return "unknown";
}

std::string_view to_string(wait_reason v) noexcept {
    switch (v) {
    case wait_reason::answer: return "answer";
    case wait_reason::interval: return "interval";
    case wait_reason::slow_down: return "slow_down";
    case wait_reason::backoff: return "backoff";
    case wait_reason::retry_after: return "retry_after";
    case wait_reason::last_poll: return "last_poll";
    case wait_reason::expiry: return "expiry";
    case wait_reason::give_up: return "give_up";
    }
    return "unknown";
}

std::string_view to_string(registration_phase v) noexcept {
    switch (v) {
    case registration_phase::starting: return "starting";
    case registration_phase::polling: return "polling";
    case registration_phase::expiring: return "expiring";
    case registration_phase::finished: return "finished";
    }
    return "unknown";
}

std::string_view to_string(stop_reason v) noexcept {
    switch (v) {
    case stop_reason::none: return "none";
    case stop_reason::answer: return "answer";
    case stop_reason::tries: return "tries";
    case stop_reason::start_budget: return "start_budget";
    case stop_reason::expired: return "expired";
    case stop_reason::give_up: return "give_up";
    }
    return "unknown";
}

std::string_view to_string(status s) noexcept {
    switch (s) {
    case status::polling: return "polling";
    case status::slow_down: return "slow_down";
    case status::domain_switched: return "domain_switched";
    case status::retrying: return "retrying";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, status s) { return out << to_string(s); }

}  // namespace lark::registration
