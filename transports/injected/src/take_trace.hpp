// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/injected/drain.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <optional>
#include <variant>

namespace lark::injected::detail {

/// `take_trace` for any of the three flows.
template <class Flow>
std::optional<registration::trace_event> take_trace_of(const Flow& machine, traced_request& request, time_point now,
                                                       const http_result* answer) {
    if (machine.last_exchange_id() == request.traced) return {};
    auto event = machine.last_exchange();
    request.traced = machine.last_exchange_id();
    event->took = saturating_sub(now, request.sent_at);
    if (answer != nullptr)
        if (const auto* response = std::get_if<http_response>(answer)) event->bytes = response->body.size();
    return event;
}

}  // namespace lark::injected::detail
