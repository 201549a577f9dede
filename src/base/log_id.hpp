// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/registration/trace.hpp>

#include <initializer_list>
#include <string_view>
#include <vector>

namespace lark::base {

/// The service's id of a request, for a trace: `X-Tt-Logid`, else `X-Request-Id`. None if it has characters that an id does not
/// need, or quotes one of the secrets (protocol.md, section 10). Throws `std::bad_alloc` only.
[[nodiscard]] registration::log_id log_id_in(const std::vector<http_header>& headers,
                                             std::initializer_list<std::string_view> secrets);

}  // namespace lark::base
