// SPDX-License-Identifier: MIT
#include "base/log_id.hpp"

#include "base/redact.hpp"

#include <utility>

namespace lark::base {

registration::log_id log_id_in(const std::vector<http_header>& headers,
                               std::initializer_list<std::string_view> secrets) {
    for (const auto* name : {"X-Tt-Logid", "X-Request-Id"}) {
        const auto text = find_header(headers, name);
        if (!text || quotes(*text, secrets)) continue;
        if (auto id = registration::log_id::parse(*text)) return std::move(*id);
    }
    return {};
}

}  // namespace lark::base
