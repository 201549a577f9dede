// SPDX-License-Identifier: MIT
#pragma once

#include "registration/support/watched_flow.hpp"

#include <lark/registration/options.hpp>

namespace lark::registration::testing {

/// protocol.md, section 9: a flow made of the text of what `saved` saves behaves like a copy of `saved`, ids aside, for
/// all inputs. A request in flight counts as lost. False if nothing is saved, since the last poll is lost. `saved` has
/// a link, and all its outputs have been taken. Throws `broken_rule`.
[[nodiscard]] bool same_trace_carried_on(const watched_flow& saved, time_point now, const options& opts);

}  // namespace lark::registration::testing
