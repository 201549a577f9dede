// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace lark::injected::detail {

/// `scheme://host[:port]`, as `event_loop::has_room` takes it.
constexpr std::string_view origin_of(std::string_view url) noexcept {
    return url.substr(0, url.find('/', url.find("://") + 3));
}

}  // namespace lark::injected::detail
