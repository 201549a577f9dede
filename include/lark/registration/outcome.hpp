#pragma once

#include <lark/secret.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// How a registration ends.
namespace lark::registration {

/// Who approved. Each text up to 1 KiB; absent where the service gave none.
struct user_info {
    std::optional<std::string> open_id{};  ///< who, as this app knows them: `ou_…`
    std::optional<std::string> tenant_brand{};  ///< "feishu" or "lark"

    friend bool operator==(const user_info&, const user_info&) = default;
};

/// The registered app: what the Python SDK returns.
struct app {
    std::string client_id{};  ///< App ID
    secret client_secret{};   ///< App Secret
    std::optional<registration::user_info> user_info{};  ///< who approved

    friend bool operator==(const app&, const app&) = default;
};
/// Which exception a failure becomes.
enum class failure_kind {
    access_denied,  ///< the user said no
    expired,        ///< the code's lifetime is over, by the service's word or by the local clock
    other,          ///< any other end, see the code
};

/// Codes of our own; the service's codes are passed on as they came (RFC 8628, 3.5; protocol.md, section 3).
namespace error_code {
inline constexpr std::string_view network_error = "network_error";            ///< no reply: resolver, connection, proxy, TLS
inline constexpr std::string_view timeout = "timeout";                        ///< no whole reply in time
inline constexpr std::string_view certificate_error = "certificate_error";    ///< the peer is not who it should be
inline constexpr std::string_view http_error = "http_error";                  ///< a status that ends the flow
inline constexpr std::string_view invalid_response = "invalid_response";      ///< a reply that makes no sense
inline constexpr std::string_view unsupported_auth_method = "unsupported_auth_method";  ///< init: no `client_secret`
inline constexpr std::string_view access_denied = "access_denied";            ///< RFC 8628: the user said no
inline constexpr std::string_view expired_token = "expired_token";            ///< RFC 8628, and local expiry
inline constexpr std::string_view abort = "abort";                            ///< the caller cancelled
}  // namespace error_code

/// Why there is no app. The texts may be the service's: they hold no secret of this flow, but anything else; show them
/// through `lark::printable`.
struct failure {
    failure_kind kind = failure_kind::other;  ///< which exception it becomes
    std::string code{};         ///< the service's `error`, or one of `error_code`
    std::string description{};  ///< for people; the service's `error_description` where there is one
    bool local = false;         ///< the code is ours: no word of the service ended this flow
    std::string cause{};        ///< the last transient trouble that no good reply has followed, or empty

    friend bool operator==(const failure&, const failure&) = default;
};

using outcome = std::variant<app, failure>;  ///< how a registration ended

}  // namespace lark::registration
