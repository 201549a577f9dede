// SPDX-License-Identifier: MIT
#include <lark/http.hpp>

#include "base/ascii.hpp"

#include <algorithm>

namespace lark {

std::string_view to_string(transport_failure_kind kind) noexcept {
    switch (kind) {
    case transport_failure_kind::name_unknown: return "name_unknown";
    case transport_failure_kind::name_temporary: return "name_temporary";
    case transport_failure_kind::connect: return "connect";
    case transport_failure_kind::timeout: return "timeout";
    case transport_failure_kind::cut: return "cut";
    case transport_failure_kind::certificate: return "certificate";
    case transport_failure_kind::tls: return "tls";
    case transport_failure_kind::proxy: return "proxy";
    case transport_failure_kind::protocol: return "protocol";
    case transport_failure_kind::too_large: return "too_large";
    }
    return "unknown";
}

std::optional<std::string_view> find_header(const std::vector<http_header>& headers, std::string_view name) noexcept {
    const auto same = [&](const http_header& h) {
        return std::equal(h.name.begin(), h.name.end(), name.begin(), name.end(),
                          [](char a, char b) { return base::lower_case(a) == base::lower_case(b); });
    };
    const auto found = std::find_if(headers.begin(), headers.end(), same);
    if (found == headers.end()) return std::nullopt;
    return found->value;
}

}  // namespace lark
