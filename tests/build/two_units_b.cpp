// SPDX-License-Identifier: MIT
#include "everything.hpp"

int second_unit();
int second_unit() { return static_cast<int>(sizeof(lark::registration::flow)); }
