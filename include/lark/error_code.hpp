// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace lark {

/// Codes of our own; the service's codes are passed on as they came (RFC 8628, 3.5; protocol.md, section 3).
namespace error_code {
inline constexpr std::string_view network_error = "network_error";  ///< no reply: resolver, connection, proxy, TLS
inline constexpr std::string_view timeout = "timeout";              ///< no whole reply in time
inline constexpr std::string_view certificate_error = "certificate_error";  ///< the peer is not who it should be
inline constexpr std::string_view http_error = "http_error";                ///< a status that ends the flow
inline constexpr std::string_view invalid_response = "invalid_response";    ///< a reply that makes no sense
inline constexpr std::string_view unsupported_auth_method = "unsupported_auth_method";  ///< init: no `client_secret`
inline constexpr std::string_view access_denied = "access_denied";                      ///< RFC 8628: the user said no
inline constexpr std::string_view expired_token = "expired_token";                      ///< RFC 8628, and local expiry
inline constexpr std::string_view abort = "abort";                                      ///< the caller cancelled
}  // namespace error_code

}  // namespace lark
