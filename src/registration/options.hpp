#pragma once

#include <lark/registration/options.hpp>

#include <string>

namespace lark::registration::detail {

/// The one endpoint of both hosts.
struct endpoints {
    std::string feishu;
    std::string lark;
    bool feishu_is_loopback = false;
    brand issuer = brand::feishu;  ///< the brand of `domain`
};

/// Checks every option and works out the endpoints. Throws `invalid_option`, which names all that is wrong.
[[nodiscard]] endpoints check(const options& opts);

}  // namespace lark::registration::detail
