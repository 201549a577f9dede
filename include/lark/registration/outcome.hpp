// SPDX-License-Identifier: MIT
#pragma once

#include <lark/error_code.hpp>
#include <lark/registration/brand.hpp>
#include <lark/registration/trace.hpp>
#include <lark/secret.hpp>

#include <optional>
#include <string>
#include <variant>

/// How a registration ends.
namespace lark::registration {

/// Who approved, in the service's own words: to be shown through `lark::printable`. Each text up to 1 KiB; absent where
/// the service gave none.
struct user_info {
    std::optional<std::string> open_id{};       ///< who, as this app knows them: `ou_…`
    std::optional<std::string> tenant_brand{};  ///< "feishu" or "lark"
    /// Every field that the service sent, as a JSON object of up to 16 KiB without blanks: read it with
    /// `lark::json::parse`. From the latest reply that had any; empty if none had, and if it was larger.
    std::string json{};

    friend bool operator==(const user_info&, const user_info&) = default;
};

/// The registered app: what the Python SDK returns. App ID and App Secret come whole, however long they are.
struct app {
    std::string client_id{};  ///< App ID
    secret client_secret{};   ///< App Secret
    /// The user who approved. Field by field the latest value of all replies to the polls: the credentials from the
    /// Lark host may come without it (protocol.md, section 3).
    std::optional<registration::user_info> user_info{};
    brand issuer = brand::feishu;  ///< of the accounts host that issued the credentials

    friend bool operator==(const app&, const app&) = default;
};

/// Which exception a failure becomes.
enum class failure_kind {
    access_denied,  ///< the user said no
    expired,        ///< the code's lifetime is over, by the service's word or by the local clock
    other,          ///< any other end, see the code
};

namespace error_code = lark::error_code;  ///< codes of our own

/// Why there is no app. The texts may be the service's: they hold no secret of this flow, but anything else; show them
/// through `lark::printable`.
struct failure {
    failure_kind kind = failure_kind::other;  ///< which exception it becomes
    std::string code{};                       ///< the service's `error`, or one of `error_code`
    std::string description{};                ///< for people; the service's `error_description` where there is one
    bool local = false;                       ///< the code is ours: no word of the service ended this flow
    std::string last_error{};                 ///< the last transient error that no good reply has followed, or empty
    unsigned polls = 0;                       ///< sent, by all flows that carried the registration on
    exchange_summary last_exchange{};         ///< the last one that ended; `number` 0 if none did

    friend bool operator==(const failure&, const failure&) = default;
};

using outcome = std::variant<app, failure>;  ///< how a registration ended

}  // namespace lark::registration
