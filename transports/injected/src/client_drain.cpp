// SPDX-License-Identifier: MIT
#include <lark/injected/client_drain.hpp>

#include "take_trace.hpp"

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

std::optional<registration::trace_event> take_trace(const open_platform::token_flow& tokens, traced_request& request,
                                                    time_point now, const http_result* answer) {
    return detail::take_trace_of(tokens, request, now, answer);
}

std::optional<registration::trace_event> take_trace(const open_platform::call_flow& call, traced_request& request,
                                                    time_point now, const http_result* answer) {
    return detail::take_trace_of(call, request, now, answer);
}

}  // namespace lark::injected
