// SPDX-License-Identifier: MIT
#pragma once

#include <lark/invalid_option.hpp>

namespace lark::registration {

using lark::invalid_option;

}  // namespace lark::registration
