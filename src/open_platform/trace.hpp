// SPDX-License-Identifier: MIT
#pragma once

#include "open_platform/request_error.hpp"

#include <lark/http.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <optional>
#include <string_view>

/// Events of the exchanges of both flows: protocol.md, section 10.
namespace lark::open_platform::detail {

using registration::trace_event;

/// A reply; `error` is null if it is good, and means `good` then.
[[nodiscard]] trace_event trace_of(const http_response& response, const request_error* error,
                                   registration::exchange_result good, secrets hidden);
[[nodiscard]] trace_event trace_of(const transport_failure& failure);
[[nodiscard]] trace_event trace_of_timeout();

/// Another try follows, after `wait` at the least `backoff`.
void follows_wait(trace_event& event, duration wait, duration backoff) noexcept;
/// It is over.
void follows_end(trace_event& event, registration::stop_reason why) noexcept;

/// The request that the event is about.
void add_request(trace_event& event, registration::exchange_step step, std::string_view url, request_id id);

}  // namespace lark::open_platform::detail
