#pragma once

#include "base/retry_after.hpp"

namespace lark::registration::detail {

using base::retry_after;

}  // namespace lark::registration::detail
