// SPDX-License-Identifier: MIT
#include <lark/registration/outputs.hpp>

#include <ostream>

namespace lark::registration {

std::string_view to_string(status s) noexcept {
    switch (s) {
    case status::polling: return "polling";
    case status::slow_down: return "slow_down";
    case status::domain_switched: return "domain_switched";
    case status::retrying: return "retrying";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, status s) { return out << to_string(s); }

}  // namespace lark::registration
