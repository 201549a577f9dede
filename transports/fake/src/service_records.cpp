// SPDX-License-Identifier: MIT
#include <lark/fake/service_records.hpp>

namespace lark::fake {

std::string_view to_string(code_state state) noexcept {
    switch (state) {
    case code_state::pending: return "pending";
    case code_state::approved: return "approved";
    case code_state::denied: return "denied";
    case code_state::expired: return "expired";
    case code_state::used: return "used";
    }
    return "";
}

}  // namespace lark::fake
