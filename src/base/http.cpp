// SPDX-License-Identifier: MIT
#include "base/http.hpp"

#include "base/text.hpp"

#include <lark/error_code.hpp>

#include <algorithm>
#include <chrono>

namespace lark {

std::string_view to_string(transport_failure_kind kind) noexcept {
    switch (kind) {
    case transport_failure_kind::name_unknown: return "name_unknown";
    case transport_failure_kind::name_temporary: return "name_temporary";
    case transport_failure_kind::connect: return "connect";
    case transport_failure_kind::timeout: return "timeout";
    case transport_failure_kind::cut: return "cut";
    case transport_failure_kind::certificate: return "certificate";
    case transport_failure_kind::tls: return "tls";
    case transport_failure_kind::proxy: return "proxy";
    case transport_failure_kind::protocol: return "protocol";
    case transport_failure_kind::too_large: return "too_large";
    }
    return "unknown";
}

std::string_view origin_of(std::string_view url) noexcept {
    constexpr std::string_view separator = "://";
    const auto scheme = url.find(separator);
    return scheme == std::string_view::npos ? url : url.substr(0, url.find_first_of("/?#", scheme + separator.size()));
}

std::optional<std::string_view> find_header(const std::vector<http_header>& headers, std::string_view name) noexcept {
    const auto same = [&](const http_header& h) {
        return std::equal(h.name.begin(), h.name.end(), name.begin(), name.end(),
                          [](char a, char b) { return base::lower_case(a) == base::lower_case(b); });
    };
    const auto found = std::find_if(headers.begin(), headers.end(), same);
    if (found == headers.end()) return std::nullopt;
    return found->value;
}

namespace base {

std::string status_text(int status) { return "HTTP " + std::to_string(status); }

std::string with_bad_status(std::string_view what, int status) {
    std::string text{what};
    if (!is_good(status)) text.append(" (").append(status_text(status)).append(1, ')');
    return text;
}

transport_failure timeout_failure(duration timeout) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    return {transport_failure_kind::timeout,
            "no reply within " + (ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms")};
}

std::string text_of(const transport_failure& failure) {
    return std::string{failure.detail.empty() ? to_string(failure.kind) : failure.detail};
}

std::string given_up_after(unsigned tries) {
    return "; given up after " + std::to_string(tries) + (tries == 1 ? " try" : " tries");
}

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

}  // namespace base

}  // namespace lark
