// SPDX-License-Identifier: MIT
#pragma once

#include "base/tries.hpp"
#include "open_platform/request_error.hpp"

#include <lark/http.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/registration/trace.hpp>

#include <optional>
#include <string_view>

/// Events of the exchanges of both flows: protocol.md, section 10.
namespace lark::open_platform::detail {

using registration::trace_event;

/// A reply; `error` is null if it is good, and means `good` then.
[[nodiscard]] trace_event trace_of(const http_response& response, const request_error* error,
                                   registration::exchange_result good, secrets hidden);
[[nodiscard]] trace_event trace_of(const transport_failure& failure);

/// The step after a failure.
void add_next(trace_event& event, const base::next_try& next) noexcept;

/// The request that the event is about.
void add_request(trace_event& event, registration::exchange_step step, std::string_view url, request_id id);

/// The exchange of a flow that ended last.
struct traced_exchange {
    request_id id{};  ///< 0 before the first
    trace_event event{};

    [[nodiscard]] std::optional<trace_event> get() const {
        return id == request_id{} ? std::nullopt : std::optional{event};
    }
};

}  // namespace lark::open_platform::detail
