#pragma once

#include <lark/http.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/time.hpp>

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

/// What `token_flow` and `call_flow` ask of their driver. Views live until the next input of the flow that handed them out,
/// its assignment, move or end.
namespace lark::open_platform {

using registration::abandon_request;
using registration::accepted;
using registration::finished;
using registration::request_id;
using registration::wait_until;

/// Names somebody who waits for a token. Never reused by that flow; 0 is nobody.
enum class waiter_id : std::uint64_t {};

/// Names a token of one `token_flow`, so that it can be refused without being shown. 0 is none.
enum class token_id : std::uint64_t {};

/// `who` may go on with this token.
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

/// POST `body` to `url` once, as `application/json; charset=utf-8`. May be sent twice without harm. The time runs from here.
struct send_token_request {
    open_platform::request_id request_id{};  ///< to be given back with the answer
    std::string_view url{};                  ///< absolute
    std::string_view body{};                 ///< holds the App Secret
    duration timeout{};                      ///< greater than zero
};

/// Nothing to do until somebody asks.
struct idle {};

/// In the order in which they are handed out.
using token_output = std::variant<token_granted, token_refused, abandon_request, send_token_request, wait_until, idle>;

/// Tell `token_flow::reject` that the service refuses this token.
struct reject_token {
    token_id id{};  ///< as it was granted
};

/// Ask the `token_flow`, and pass what it answers to `handle_token` or `handle_no_token`.
struct need_token {};

/// Send this once. The time runs from here.
struct send_call {
    open_platform::request_id request_id{};             ///< to be given back with the answer
    std::string_view method{};                          ///< in capitals
    std::string_view url{};                             ///< absolute
    const std::vector<http_header>* headers = nullptr;  ///< in full, but for `Authorization: Bearer` with `token`
    std::string_view token{};                           ///< empty: none is to be put in
    std::string_view body{};                            ///< as it is to be sent; empty: none
    duration timeout{};                                 ///< greater than zero
    bool idempotent = false;                            ///< see `http_request`
};

/// In the order in which they are handed out.
using call_output = std::variant<reject_token, need_token, abandon_request, send_call, wait_until, finished>;

}  // namespace lark::open_platform
