// SPDX-License-Identifier: MIT
#include "plain_client.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/URI.h>

#include <sys/socket.h>

#include <array>
#include <sstream>

namespace lark::contract {

namespace {

constexpr std::size_t max_reply = 256 * 1024;

transport_failure failed(transport_failure_kind kind, std::string detail) { return {kind, std::move(detail)}; }

Poco::Timespan left_until(time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - injected::boottime_now());
    return Poco::Timespan(std::max<Poco::Timespan::TimeDiff>(left.count(), 1));
}

}  // namespace

http_result plain_client::send(const http_request& request, std::stop_token stop) {
    const Poco::URI uri(request.url);
    const auto origin = uri.getHost() + ":" + std::to_string(uri.getPort());
    const auto deadline = injected::boottime_now() + request.timeout;

    std::string text = request.method + " " + uri.getPathAndQuery() + " HTTP/1.1\r\nHost: " + origin + "\r\n";
    for (const auto& h : request.headers) text += h.name + ": " + h.value + "\r\n";
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;

    auto kept = kept_.extract(origin);
    Poco::Net::StreamSocket socket = kept ? kept.mapped() : Poco::Net::StreamSocket();
    try {
        if (!kept) socket.connect(Poco::Net::SocketAddress(origin), left_until(deadline));
        // Another thread ends the wait of this one by ending the connection.
        const std::stop_callback on_stop(stop, [&socket] {
            try {
                socket.shutdown();
            } catch (const Poco::Exception&) {
                // Closed already.
            }
        });
        auto result = exchange(socket, text, deadline);
        if (const auto* response = std::get_if<http_response>(&result)) {
            const auto connection = find_header(response->headers, "Connection");
            if (!connection || *connection != "close") kept_.insert_or_assign(origin, socket);
        }
        return result;
    } catch (const Poco::TimeoutException&) {
        return failed(transport_failure_kind::timeout, "no reply in time");
    } catch (const Poco::Exception& e) {
        return failed(transport_failure_kind::connect, e.displayText());
    }
}

http_result plain_client::exchange(Poco::Net::StreamSocket& socket, const std::string& text, time_point deadline) {
    socket.setSendTimeout(left_until(deadline));
    // The server may have closed a kept connection; that must not raise SIGPIPE.
    socket.sendBytes(text.data(), static_cast<int>(text.size()), MSG_NOSIGNAL);
    std::string got;
    std::size_t head_end = std::string::npos;
    std::size_t length = 0;
    Poco::Net::HTTPResponse head;
    std::array<char, 16 * 1024> buffer;
    while (head_end == std::string::npos || got.size() < head_end + length) {
        socket.setReceiveTimeout(left_until(deadline));
        const int size = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
        if (size <= 0) return failed(transport_failure_kind::cut, "the connection ended before the reply");
        got.append(buffer.data(), static_cast<std::size_t>(size));
        if (got.size() > max_reply) return failed(transport_failure_kind::too_large, "the reply is too large");
        if (head_end != std::string::npos) continue;
        const auto end = got.find("\r\n\r\n");
        if (end == std::string::npos) continue;
        head_end = end + 4;
        try {
            std::istringstream in(got.substr(0, head_end));
            head.read(in);
        } catch (const Poco::Exception&) {
            return failed(transport_failure_kind::protocol, "the reply is not HTTP");
        }
        if (head.hasContentLength()) length = static_cast<std::size_t>(head.getContentLength64());
    }
    http_response response{head.getStatus(), {}, got.substr(head_end, length)};
    for (const auto& [name, value] : head) response.headers.push_back({name, value});
    return response;
}

}  // namespace lark::contract
