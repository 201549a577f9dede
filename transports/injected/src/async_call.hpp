// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/async_client.hpp>
#include <lark/injected/drain.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/open_platform/call_flow.hpp>
#include <lark/open_platform/token_flow.hpp>
#include <lark/secret.hpp>

#include "fifo.hpp"
#include "slot_table.hpp"

#include <cstdint>
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
    arrived_results<call_id> answer{};                   ///< the room for its answer
    traced_request latest{};                             ///< when it was sent, and whether it has been traced
    bool cancelled = false;                              ///< by the caller
    std::optional<token_result> token{};                 ///< without a flow: how it ended
    std::optional<open_platform::api_failure> thrown{};  ///< of an exception; it ends the call, whatever the flow says

    /// Calls its callback with its end, which is known. Throws what the callback throws.
    void call_back();
    /// Null without a flow.
    [[nodiscard]] const open_platform::call_flow* machine() const noexcept { return flow ? &*flow : nullptr; }
};

using call_table = slot_table<async_call, call_id>;
[[nodiscard]] inline std::uint32_t slot_of(const async_call& c) noexcept { return call_table::slot_of(c.id); }

}  // namespace lark::injected::detail
