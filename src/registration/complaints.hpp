#pragma once

#include "base/complaints.hpp"

namespace lark::registration::detail {

using base::complaints;
using base::fault_of_text;
using base::text_rule;

}  // namespace lark::registration::detail
