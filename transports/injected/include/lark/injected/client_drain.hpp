// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/open_platform/outputs.hpp>

/// From the outputs of `token_flow` and `call_flow`, which are views, to what clients receive, which owns its strings. For
/// custom drivers.
namespace lark::injected {

[[nodiscard]] LARK_EXPORT http_request
to_http_request(const open_platform::send_token_request& request);  ///< a JSON POST

[[nodiscard]] LARK_EXPORT http_request to_http_request(const open_platform::send_call& call);  ///< with its token

}  // namespace lark::injected
