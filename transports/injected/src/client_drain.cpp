// SPDX-License-Identifier: MIT
#include <lark/injected/client_drain.hpp>

#include <chrono>
#include <string>

namespace lark::injected {

http_request to_http_request(const open_platform::send_token_request& request) {
    return {.method = "POST",
            .url = std::string{request.url},
            .headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Accept", "application/json"}},
            .body = std::string{request.body},
            .timeout = std::chrono::ceil<std::chrono::milliseconds>(request.timeout),
            .idempotent = true};
}

http_request to_http_request(const open_platform::send_call& call) {
    http_request out{.method = std::string{call.method},
                     .url = std::string{call.url},
                     .headers = *call.headers,
                     .body = std::string{call.body},
                     .timeout = std::chrono::ceil<std::chrono::milliseconds>(call.timeout),
                     .idempotent = call.idempotent};
    if (!call.token.empty()) out.headers.push_back({"Authorization", "Bearer " + std::string{call.token}});
    return out;
}

}  // namespace lark::injected
