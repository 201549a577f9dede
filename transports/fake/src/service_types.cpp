// SPDX-License-Identifier: MIT
#include <lark/fake/service_records.hpp>
#include <lark/fake/service_types.hpp>

namespace lark::fake {

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

}  // namespace lark::fake
