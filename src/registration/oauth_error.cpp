// SPDX-License-Identifier: MIT
#include "registration/oauth_error.hpp"

namespace lark::registration::detail {
namespace {

constexpr std::string_view invalid_grant = "invalid_grant";

}  // namespace

failure_kind kind_of(std::string_view error) noexcept {
    if (error == error_code::access_denied) return failure_kind::access_denied;
    if (error == error_code::expired_token || error == invalid_grant) return failure_kind::expired;
    return failure_kind::other;
}

std::string_view default_description(std::string_view error) noexcept {
    if (error == error_code::access_denied) return "the user denied the registration";
    if (error == error_code::expired_token) return "the service says that the code has expired";
    if (error == invalid_grant) return "the service no longer knows the code";
    return {};
}

oauth_error shown_error(std::string_view error) noexcept {
    if (error.empty()) return oauth_error::none;
    const auto known = enumerator<oauth_error>(error).value_or(oauth_error::other);
    return known == oauth_error::none ? oauth_error::other : known;  // a server may write "none"
}

}  // namespace lark::registration::detail
