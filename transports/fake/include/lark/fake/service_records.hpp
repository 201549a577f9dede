// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/registration/addons.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Records of the model of the accounts service, for tests and pages.
namespace lark::fake {

/// Where a code stands.
enum class code_state {
    pending,   ///< the user has not decided
    approved,  ///< the user said yes; the credentials have not been fetched
    denied,    ///< the user said no
    expired,   ///< its lifetime is over
    used,      ///< the credentials have been handed out
};

[[nodiscard]] LARK_EXPORT std::string_view to_string(code_state state) noexcept;  ///< the enumerator's name

/// One poll, as the model saw it.
struct poll_record {
    time_point at{};                     ///< when it came
    host_role host = host_role::feishu;  ///< which host was asked
    std::string answer;                  ///< `authorization_pending`, `slow_down`, `credentials`, …, `fault`
};

/// A code as others may see it. Holds no device code and no client secret.
struct code_info {
    std::uint64_t serial = 0;                ///< 1 is the first
    std::string user_code;                   ///< its holder can approve: a secret in real life
    code_state state = code_state::pending;  ///< where it stands
    host_role begun_at = host_role::feishu;  ///< where it was handed out
    time_point begun{};                      ///< when it was handed out
    time_point expires{};                    ///< the end of its lifetime
    std::chrono::seconds interval{};         ///< with what `slow_down` has added
    std::string tenant_brand;                ///< of the user who scans it
    bool opened = false;                     ///< the user has seen the page
    std::string client_id;                   ///< empty before approval
    std::uint64_t polls = 0;                 ///< how many there were
    std::vector<poll_record> recent_polls;   ///< up to 100, oldest first
    registration::addon_groups scopes;       ///< that the approved link asked for
};

/// How many requests there were, by host and step.
struct request_counters {
    /// At one host, by step.
    struct by_action {
        std::uint64_t init = 0;      ///< `action::init`
        std::uint64_t begin = 0;     ///< `action::begin`
        std::uint64_t poll = 0;      ///< `action::poll`
        std::uint64_t other = 0;     ///< `action::other`
        std::uint64_t token = 0;     ///< `action::token`
        std::uint64_t bot_info = 0;  ///< `action::bot_info`
        std::uint64_t message = 0;   ///< `action::message`
        std::uint64_t app_info = 0;  ///< `action::app_info`
        [[nodiscard]] std::uint64_t total() const noexcept {
            return init + begin + poll + other + token + bot_info + message + app_info;
        }  ///< all of them
    };
    by_action feishu;                                                                             ///< the Feishu host
    by_action lark;                                                                               ///< the Lark host
    [[nodiscard]] std::uint64_t total() const noexcept { return feishu.total() + lark.total(); }  ///< at both hosts
};

/// A message that an app has sent.
struct sent_message {
    time_point at{};         ///< when it came
    std::string message_id;  ///< made by the model: `om_…`
    std::string app_id;      ///< who sent it
    std::string receive_id;  ///< to whom: an open id
    std::string msg_type;    ///< such as `text`
    std::string content;     ///< JSON text, as the app gave it
};

}  // namespace lark::fake
