// SPDX-License-Identifier: MIT
#include "base/http_status.hpp"

#include <chrono>

namespace lark::base {

std::string status_text(int status) { return "HTTP " + std::to_string(status); }

std::string with_bad_status(std::string_view what, int status) {
    std::string text{what};
    if (!is_good(status)) text.append(" (").append(status_text(status)).append(1, ')');
    return text;
}

std::string no_reply_within(duration timeout) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    return "no reply within " + (ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms");
}

}  // namespace lark::base
