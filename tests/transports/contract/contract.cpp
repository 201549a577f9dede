// SPDX-License-Identifier: MIT
#include "contract.hpp"

#include "stage.hpp"

#include <ostream>

namespace lark::contract {

std::ostream& operator<<(std::ostream& out, const scenario& s) { return out << s.name; }

const std::vector<scenario>& scenarios() {
    static const auto all = [] {
        std::vector<scenario> made;
        add_outcomes(made);
        add_troubles(made);
        add_cancels(made);
        return made;
    }();
    return all;
}

}  // namespace lark::contract
