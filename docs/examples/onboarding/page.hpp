// SPDX-License-Identifier: MIT
#pragma once

#include "table.hpp"

#include <string>

/// The pages, as HTML documents. They show what a browser may see: of a snapshot no more than its public view.
[[nodiscard]] std::string start_page();
[[nodiscard]] std::string entry_page(const entry& e);
