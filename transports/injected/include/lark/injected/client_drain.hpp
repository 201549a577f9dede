// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/injected/drain.hpp>
#include <lark/open_platform/call_flow.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/open_platform/token_flow.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <optional>

/// From the outputs of `token_flow` and `call_flow`, which are views, to what clients receive, which owns its strings.
/// For custom drivers.
namespace lark::injected {

[[nodiscard]] LARK_EXPORT http_request
to_http_request(const open_platform::send_token_request& request);  ///< a JSON POST

[[nodiscard]] LARK_EXPORT http_request to_http_request(const open_platform::send_call& call);  ///< with its token

/// As for `registration::flow`, see drain.hpp.
[[nodiscard]] LARK_EXPORT std::optional<registration::trace_event> take_trace(const open_platform::token_flow& tokens,
                                                                              traced_request& request, time_point now,
                                                                              const http_result* answer);
[[nodiscard]] LARK_EXPORT std::optional<registration::trace_event> take_trace(
    const open_platform::call_flow& call, traced_request& request, time_point now,
    const http_result* answer);  ///< the same for a call

}  // namespace lark::injected
