// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/time.hpp>

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

/// Outputs of `token_flow` and `call_flow` to their driver. Views are valid until the next input of the flow that
/// returned them, and until that flow is assigned to, moved or destroyed.
namespace lark::open_platform {

using registration::abandon_request;
using registration::accepted;
using registration::finished;
using registration::request_id;
using registration::wait_until;

/// Names a waiter for a token. Never reused by that flow; 0 names none.
enum class waiter_id : std::uint64_t {};

/// Names a token of one `token_flow`, so that it can be rejected without its text. 0 names none.
enum class token_id : std::uint64_t {};

/// The token that `who` asked for.
struct token_granted {
    waiter_id who{};           ///< what `ask` gave
    token_id id{};             ///< for `reject`
    std::string_view token{};  ///< the tenant access token; a secret
    time_point expires_at{};   ///< on the driver's clock
};

/// There is no token for `who`.
struct token_refused {
    waiter_id who{};                   ///< what `ask` gave
    const api_failure* why = nullptr;  ///< never null
};

/// Get an assertion for `audience` from `client_options::credentials_provider`, and pass it to
/// `token_flow::handle_assertion`, or why there is none to `handle_no_assertion`. Its time starts now, and is part of
/// what `token_budget` allows.
struct need_assertion {
    open_platform::request_id request_id{};  ///< give it back with the answer
    std::string_view audience{};             ///< host of the accounts service, with its port if it has one
};

/// POST `body` to `url` once, as `application/json; charset=utf-8`. Idempotent. The timeout starts now.
struct send_token_request {
    open_platform::request_id request_id{};  ///< give it back with the answer
    std::string_view url{};                  ///< absolute
    std::string_view body{};                 ///< holds the App Secret, or the assertion
    duration timeout{};                      ///< greater than zero
};

/// Nothing to do until the next `ask`.
struct idle {};

/// In the order in which they are handed out.
using token_output =
    std::variant<token_granted, token_refused, abandon_request, need_assertion, send_token_request, wait_until, idle>;

/// Pass it to `token_flow::reject`: the service refuses this token.
struct reject_token {
    token_id id{};  ///< as it was granted
};

/// Call `token_flow::ask`, and pass the answer to `handle_token` or `handle_no_token`.
struct need_token {};

/// Send this once. The timeout starts now.
struct send_call {
    open_platform::request_id request_id{};             ///< give it back with the answer
    std::string_view method{};                          ///< in capitals
    std::string_view url{};                             ///< absolute
    const std::vector<http_header>* headers = nullptr;  ///< all but `Authorization: Bearer` with `token`
    std::string_view token{};                           ///< empty: send no `Authorization` for it
    std::string_view body{};                            ///< send it unchanged; empty: none
    duration timeout{};                                 ///< greater than zero
    bool idempotent = false;                            ///< see `http_request`
};

/// In the order in which they are handed out.
using call_output = std::variant<reject_token, need_token, abandon_request, send_call, wait_until, finished>;

}  // namespace lark::open_platform
