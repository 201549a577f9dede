// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/async_client.hpp>
#include <lark/injected/drain.hpp>
#include <lark/open_platform/call_flow.hpp>

#include "fifo.hpp"
#include "slot_table.hpp"

#include <optional>
#include <variant>

namespace lark::injected::detail {

using token_result = std::variant<secret, open_platform::api_failure>;

/// One call of an `async_client`.
struct async_call : fifo_element<async_call> {
    call_id id{};
    std::optional<open_platform::call_flow> flow{};      ///< none: a token is all that is asked for
    async_client::api_handler done{};                    ///< with a flow
    async_client::token_handler has_token{};             ///< without one
    open_platform::waiter_id waiter{};                   ///< while it waits for a token, else 0
    request_handle in_flight{};                          ///< of the request in flight, 0 for none
    open_platform::request_id request{};                 ///< the flow's name for it
    traced_request latest{};                             ///< when it was sent, and whether it has been traced
    bool cancelled = false;                              ///< by the caller
    std::optional<token_result> token{};                 ///< without a flow: how it ended
    std::optional<open_platform::api_failure> thrown{};  ///< of an exception; it ends the call, whatever the flow says
};

using call_table = slot_table<async_call, call_id>;

}  // namespace lark::injected::detail
