// SPDX-License-Identifier: MIT
#pragma once

#include "base/option_errors.hpp"

#include <lark/registration/addons.hpp>

#include <string>

namespace lark::registration::detail {

/// Names every entry that may not be sent.
void check_addons(const addons& value, base::option_errors& wrong);

/// JSON, then gzip, then base64url without padding (protocol.md, section 5). `value` has passed the check.
[[nodiscard]] std::string encode_addons(const addons& value);

}  // namespace lark::registration::detail
