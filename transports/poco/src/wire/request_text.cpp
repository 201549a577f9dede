// SPDX-License-Identifier: MIT
#include "wire/connection.hpp"

#include "base/ascii.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string_view>

namespace lark::poco::detail {
prepared_request prepare(const http_request& request, const target& to, const std::string& user_agent) {
    if (!base::is_token(request.method)) throw std::invalid_argument{"the method of a request must be a token"};
    prepared_request result;
    result.is_head = request.method == "HEAD";
    result.idempotent = request.idempotent;
    result.timeout = request.timeout;
    auto& text = result.text;
    text.reserve(512 + to.path.size() + request.body.size());
    const auto add = [&text](std::initializer_list<std::string_view> parts) {
        for (const auto part : parts) text += part;
    };
    add({request.method, " ", to.path, " HTTP/1.1\r\nHost: ", to.host, "\r\n"});
    if (!find_header(request.headers, "User-Agent")) add({"User-Agent: ", user_agent, "\r\n"});
    if (!find_header(request.headers, "Accept")) text += "Accept: */*\r\n";
    for (const auto& header : request.headers) {
        if (!base::is_token(header.name) || !base::is_header_value(header.value))
            throw std::invalid_argument{"a header of a request has a name or a value that cannot be sent"};
        add({header.name, ": ", header.value, "\r\n"});
    }
    // RFC 9110, 8.6: a request whose method expects a body says so even if it is empty.
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
        add({"Content-Length: ", std::to_string(request.body.size()), "\r\n"});
    text += "\r\n";
    text += request.body;
    return result;
}

}  // namespace lark::poco::detail
