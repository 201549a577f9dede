// SPDX-License-Identifier: MIT
#include "everything.hpp"

int second_unit();

// The two halves must agree on what the types are, and use something of the library.
int main() {
    lark::registration::flow flow;
    return flow.result() == nullptr && second_unit() == static_cast<int>(sizeof(lark::registration::flow)) ? 0 : 1;
}
