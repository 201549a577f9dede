// SPDX-License-Identifier: MIT
#include "wire_message.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <Poco/Net/HTTPResponse.h>
#include <Poco/String.h>

#include <iterator>

namespace lark::fake {

namespace {

namespace http = boost::beast::http;

constexpr std::ptrdiff_t max_header_fields = 100;

wire_reply refuse(int status, std::string_view why) {
    const http_response response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::string(why) + "\n"};
    return {to_wire(response, false), {}, afterwards::close};
}

wire_reply refuse(const boost::system::error_code& error) {
    if (error == http::error::body_limit) return refuse(413, "The body is too large.");
    if (error == http::error::bad_version) return refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    return refuse(400, "This is not an HTTP request: " + error.message() + ".");
}

std::string to_text(boost::beast::string_view view) { return {view.data(), view.size()}; }

/// RFC 9112 lets a recipient take a bare line feed for a line's end (2.2), and a line that begins with a blank for the
/// rest of the line before (5.2). This one refuses both: no two readers of a request can then disagree on where it
/// ends.
std::string_view line_error(std::string_view head) {
    for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
        if (at == 0 || head[at - 1] != '\r') return "Lines must end in CRLF.";
        if (at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t')) return "Folded lines are refused.";
    }
    return {};
}

}  // namespace

std::variant<wire_request, need_more, wire_reply> take_request(std::string& buffer) {
    constexpr std::string_view blank_line = "\r\n\r\n";
    const auto found = buffer.find(blank_line);
    const auto head_size = found == std::string::npos ? buffer.size() : found + blank_line.size();
    const auto head = std::string_view(buffer).substr(0, head_size);
    if (head_size > max_request_head) return refuse(431, "The head of the request is too large.");
    if (const auto error = line_error(head); !error.empty()) return refuse(400, error);
    if (found == std::string::npos) return need_more{};

    http::request_parser<http::empty_body> parser;
    parser.header_limit(max_request_head);
    parser.body_limit(max_request_body);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
    if (error) return refuse(error);
    const auto& message = parser.get();
    if (!message.target().starts_with('/')) return refuse(400, "The request target must be a path.");
    if (message.count(http::field::transfer_encoding) > 0) return refuse(411, "The body needs a Content-Length.");
    for (const auto name : {http::field::content_length, http::field::host})
        if (message.count(name) > 1) return refuse(400, "A header that must be unique is not.");
    if (std::distance(message.begin(), message.end()) > max_header_fields)
        return refuse(400, "Too many header fields.");

    // The parser takes lists such as `11, 11`, too.
    const auto announced = message[http::field::content_length];
    if (announced.find_first_not_of("0123456789") != decltype(announced)::npos)
        return refuse(400, "The Content-Length is not a number.");
    const auto length = static_cast<std::size_t>(parser.content_length() ? *parser.content_length() : 0);
    if (buffer.size() - head_size < length)
        return need_more{Poco::icompare(to_text(message[http::field::expect]), "100-continue") == 0};

    wire_request whole;
    whole.keep_alive = message.keep_alive();
    whole.request.method = to_text(message.method_string());
    whole.request.url = to_text(message.target());
    for (const auto& field : message)
        whole.request.headers.push_back({to_text(field.name_string()), to_text(field.value())});
    whole.request.body = buffer.substr(head_size, length);
    buffer.erase(0, head_size + length);
    return whole;
}

std::string to_wire(const http_response& response, bool keep_alive) {
    using Poco::Net::HTTPResponse;
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " +
                       HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(response.status)) +
                       "\r\n";
    for (const auto& h : response.headers) text += h.name + ": " + h.value + "\r\n";
    if (!find_header(response.headers, "Content-Length") && !find_header(response.headers, "Transfer-Encoding")) {
        text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    }
    if (!find_header(response.headers, "Connection")) {
        text += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    }
    return text + "\r\n" + response.body;
}

}  // namespace lark::fake
