// SPDX-License-Identifier: MIT
#include "base/failure_kind.hpp"

#include <lark/error_code.hpp>

namespace lark::base {

std::string_view code_of(transport_failure_kind kind) noexcept {
    switch (kind) {
    case transport_failure_kind::name_unknown:
    case transport_failure_kind::name_temporary:
    case transport_failure_kind::connect:
    case transport_failure_kind::cut:
    case transport_failure_kind::tls:
    case transport_failure_kind::proxy: return error_code::network_error;
    case transport_failure_kind::timeout: return error_code::timeout;
    case transport_failure_kind::certificate: return error_code::certificate_error;
    case transport_failure_kind::protocol:
    case transport_failure_kind::too_large: return error_code::invalid_response;
    }
    return error_code::network_error;
}

bool is_retryable(transport_failure_kind kind) noexcept {
    switch (kind) {
    case transport_failure_kind::name_temporary:
    case transport_failure_kind::connect:
    case transport_failure_kind::timeout:
    case transport_failure_kind::cut: return true;
    case transport_failure_kind::name_unknown:
    case transport_failure_kind::certificate:
    case transport_failure_kind::tls:
    case transport_failure_kind::proxy:
    case transport_failure_kind::protocol:
    case transport_failure_kind::too_large: return false;
    }
    return false;
}

}  // namespace lark::base
