#pragma once

#include "base/redact.hpp"
#include "registration/reply.hpp"

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace lark::registration::detail {

/// See `base::redact`; with the cap of texts.
[[nodiscard]] inline std::string redact(std::string_view text, std::initializer_list<std::string_view> secrets,
                                        const std::array<base::url_print, 2>& urls = {}) {
    return base::redact(text, secrets, text_cap, urls);
}

}  // namespace lark::registration::detail
