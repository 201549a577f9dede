// SPDX-License-Identifier: MIT
#pragma once

#include "link_request.hpp"

#include <string>

namespace lark::fake {

/// Adds what `text` (base64url of gzip of JSON) asks for to `out`. As the real page does, it takes all or nothing where the
/// shape is off, and leaves out single names that cannot be; unlike it, it says so in `out.dropped`.
void read_addons(const std::string& text, link_request& out);

}  // namespace lark::fake
