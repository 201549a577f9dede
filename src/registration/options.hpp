// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/options.hpp>

#include <string>
#include <string_view>

namespace lark::registration::detail {

/// The one endpoint of both hosts.
struct endpoints {
    std::string feishu;
    std::string lark;
    bool feishu_is_loopback = false;
    brand issuer = brand::feishu;  ///< the brand of `domain`
};

/// The endpoint at a domain, whose spelling is that of `base::base_url_of`; and that domain again.
[[nodiscard]] std::string endpoint_at(const std::string& base_url);
[[nodiscard]] std::string_view base_url_in(std::string_view endpoint) noexcept;

/// Checks every option and works out the endpoints. Throws `invalid_option`, which names all that is wrong.
[[nodiscard]] endpoints checked_endpoints(const options& opts);

}  // namespace lark::registration::detail
