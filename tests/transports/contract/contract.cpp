// SPDX-License-Identifier: MIT
#include "contract.hpp"

#include "stage.hpp"
#include "wire.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>

namespace lark::contract {

std::ostream& operator<<(std::ostream& out, const scenario& s) { return out << s.name; }

namespace {

std::vector<scenario> those_of_all(bool (*wanted)(const scenario&)) {
    std::vector<scenario> kept;
    std::ranges::copy_if(scenarios(), std::back_inserter(kept), wanted);
    return kept;
}

}  // namespace

const std::vector<scenario>& scenarios() {
    static const auto all = [] {
        std::vector<scenario> made;
        add_outcomes(made);
        add_failures(made);
        add_cancels(made);
        add_identities(made);
        add_limits(made);
        add_side_effects(made);
        return made;
    }();
    return all;
}

const std::vector<scenario>& scenarios_over_http() {
    static const auto all = those_of_all([](const scenario& s) { return !s.needs_tls; });
    return all;
}

const std::vector<scenario>& scenarios_in_process() {
    static const auto all = those_of_all([](const scenario& s) { return static_cast<bool>(s.play); });
    return all;
}

}  // namespace lark::contract
