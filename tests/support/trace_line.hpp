// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/trace.hpp>

#include <chrono>
#include <string>

namespace lark::testing {

/// `poll 3 accounts.feishu.cn 400 authorization_pending 20094 -> pending, wait 5 s (interval)`
inline std::string trace_line(const registration::trace_event& t) {
    using namespace registration;
    const auto& e = t.exchange;
    std::string out = std::string{to_string(e.step)} + ' ' + std::to_string(e.number) + ' ' + e.host.text();
    if (e.http_status != 0) out += ' ' + std::to_string(e.http_status);
    if (e.error != oauth_error::none) out.append(1, ' ').append(to_string(e.error));
    if (e.code != 0) out += ' ' + std::to_string(e.code);
    if (e.failure) out.append(1, ' ').append(lark::to_string(*e.failure));
    out.append(" -> ").append(to_string(t.result)).append(", ").append(to_string(t.next));
    if (t.next == next_step::wait || t.next == next_step::expire)
        out.append(1, ' ')
            .append(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(t.wait).count()))
            .append(" s (")
            .append(to_string(t.reason))
            .append(1, ')');
    if (t.stop != stop_reason::none) out.append(" (").append(to_string(t.stop)).append(1, ')');
    if (!e.request_id.empty()) out += " id " + e.request_id.text();
    return out;
}

}  // namespace lark::testing
