#include "wire_message.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/NumberParser.h>
#include <Poco/String.h>

#include <algorithm>
#include <sstream>

namespace lark::fake {

namespace {

constexpr int max_header_fields = 100;

wire_reply refuse(int status, std::string_view why) {
    const http_response response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::string(why) + "\n"};
    return {to_wire(response, false), {}, afterwards::close};
}

std::size_t count_of(const Poco::Net::HTTPRequest& head, const std::string& name) {
    return static_cast<std::size_t>(
        std::count_if(head.begin(), head.end(), [&](const auto& h) { return Poco::icompare(h.first, name) == 0; }));
}

}  // namespace

std::variant<wire_request, need_more, wire_reply> take_request(std::string& buffer) {
    const auto head_end = buffer.find("\r\n\r\n");
    if (head_end > max_request_head) {
        if (buffer.size() <= max_request_head) return need_more{};
        return refuse(431, "The head of the request is too large.");
    }
    Poco::Net::HTTPRequest head;
    head.setFieldLimit(max_header_fields);
    try {
        std::istringstream in(buffer.substr(0, head_end + 4));
        head.read(in);
    } catch (const Poco::Exception&) {
        return refuse(400, "This is no HTTP request.");
    }
    const auto& version = head.getVersion();
    if (version != Poco::Net::HTTPMessage::HTTP_1_1 && version != Poco::Net::HTTPMessage::HTTP_1_0) {
        return refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    }
    if (!head.getURI().starts_with('/')) return refuse(400, "The request target must be a path.");
    if (head.has("Transfer-Encoding")) return refuse(411, "The body needs a Content-Length.");
    if (count_of(head, "Content-Length") > 1 || count_of(head, "Host") > 1) {
        return refuse(400, "A header that must be unique is not.");
    }
    Poco::UInt64 announced = 0;
    if (head.has("Content-Length") && !Poco::NumberParser::tryParseUnsigned64(head.get("Content-Length"), announced)) {
        return refuse(400, "The Content-Length is no number.");
    }
    if (announced > max_request_body) return refuse(413, "The body is too large.");
    const auto length = static_cast<std::size_t>(announced);
    if (buffer.size() - (head_end + 4) < length) return need_more{head.getExpectContinue()};

    wire_request whole;
    whole.keep_alive = head.getKeepAlive();
    whole.request.method = head.getMethod();
    whole.request.url = head.getURI();
    for (const auto& [name, value] : head) whole.request.headers.push_back({name, value});
    whole.request.body = buffer.substr(head_end + 4, length);
    buffer.erase(0, head_end + 4 + length);
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
