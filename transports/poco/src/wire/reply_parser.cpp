#include "wire/reply_parser.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <openssl/crypto.h>

#include <utility>

namespace lark::poco::detail {
namespace http = boost::beast::http;
namespace {

constexpr int max_interim = 8;

bool may_be_http(std::string_view head) {
    constexpr std::string_view version = "HTTP/1.";
    return head.substr(0, version.size()) == version.substr(0, head.size());
}

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

struct reply_parser::parser : http::response_parser<http::string_body> {};

reply_parser::reply_parser(std::size_t max_headers, std::size_t max_body, expect what)
    : max_headers_{max_headers}, max_body_{max_body}, expect_{what} {
    begin();
}

// The rest may hold a secret.
reply_parser::~reply_parser() { OPENSSL_cleanse(rest_.data(), rest_.size()); }

void reply_parser::begin() {
    parser_ = std::make_unique<parser>();
    parser_->header_limit(static_cast<std::uint32_t>(max_headers_));
    parser_->body_limit(max_body_);
    parser_->skip(expect_ == expect::no_body);
    headers_ready_ = false;
    at_status_line_ = true;
}

reply_parser::state reply_parser::feed(std::string_view bytes) {
    total_ += bytes.size();
    rest_.append(bytes);
    return parse();
}

reply_parser::state reply_parser::parse() {
    std::string_view left = rest_;
    const auto now = parse(left);
    rest_.erase(0, rest_.size() - left.size());  // once for all: a chunk may be as short as a byte
    return now;
}

reply_parser::state reply_parser::parse(std::string_view& left) {
    while (!parser_->is_done() && !left.empty()) {
        // Beast looks at nothing before the head is whole; what is no HTTP shall not have to be long to be told so.
        if (at_status_line_ && !may_be_http(left))
            return fail(transport_failure_kind::protocol, "what came is no HTTP reply");
        // A chunked body ends with at least these bytes. Beast 1.74 asserts that there are five once it has seen the zero.
        if (headers_ready_ && parser_->chunked() && left.size() < std::string_view{"0\r\n\r\n"}.size()) break;
        boost::beast::error_code error;
        const auto used = parser_->put(boost::asio::const_buffer{left.data(), left.size()}, error);
        left.remove_prefix(used);
        at_status_line_ = at_status_line_ && used == 0;  // Beast takes the line as soon as it is whole
        if (!headers_ready_) {
            // Beast's own limit holds for each call only.
            header_bytes_ += used;
            if (header_bytes_ + (parser_->is_header_done() ? 0 : left.size()) > max_headers_) return fail_headers();
        }
        if (error == http::error::body_limit)
            return fail(transport_failure_kind::too_large, "the body is over " + std::to_string(max_body_) + " bytes");
        if (error == http::error::header_limit) return fail_headers();
        if (error && error != http::error::need_more)
            return fail(transport_failure_kind::protocol, "what came is no HTTP reply: " + error.message());
        if (!headers_ready_ && parser_->is_header_done())
            if (const auto now = headers_done(); now != state::more) return now;
        if (headers_ready_ && total_ - body_size() > 2 * max_headers_ + max_body_)
            return fail(transport_failure_kind::too_large, "the framing of the body is over the caps");
        if (error == http::error::need_more) break;
    }
    if (headers_ready_ && !parser_->is_done() && left.size() > max_headers_)
        return fail(transport_failure_kind::too_large,
                    "a chunk's extension or the trailers are over " + std::to_string(max_headers_) + " bytes");
    return headers_ready_ && parser_->is_done() ? state::complete : state::more;
}

reply_parser::state reply_parser::headers_done() {
    const auto& message = parser_->get();
    const auto status = message.result_int();
    if (status == 101) return fail(transport_failure_kind::protocol, "the server switches protocols unasked");
    if (status / 100 ==
        1) {  // RFC 9110, 15.2: to be skipped, any number; a bound keeps a server from going on for ever
        if (++interim_ > max_interim) return fail(transport_failure_kind::protocol, "too many interim replies");
        begin();
        return state::more;
    }
    const auto codings = message.count(http::field::transfer_encoding);
    if (codings > 1 || (codings == 1 && !boost::beast::iequals(message[http::field::transfer_encoding], "chunked")))
        return fail(transport_failure_kind::protocol, "the reply has a transfer coding that nobody asked for");
    headers_ready_ = true;
    response_.status = static_cast<int>(status);
    // Now, so that trailers do not count as headers.
    for (const auto& field : message) response_.headers.push_back({text(field.name_string()), text(field.value())});
    return state::more;
}

std::size_t reply_parser::body_size() const { return parser_->get().body().size(); }

reply_parser::state reply_parser::finish() {
    if (!headers_ready_)
        return fail(transport_failure_kind::cut,
                    started() ? "the connection ended within the headers" : "the connection ended without a reply");
    boost::beast::error_code error;
    if (!parser_->is_done()) parser_->put_eof(error);
    if (error) return fail(transport_failure_kind::cut, "the connection ended within the body");
    return state::complete;
}

bool reply_parser::reusable() const { return rest_.empty() && !parser_->need_eof() && parser_->get().keep_alive(); }

http_response reply_parser::take() {
    response_.body = std::move(parser_->get().body());
    return std::move(response_);
}

reply_parser::state reply_parser::fail(transport_failure_kind kind, std::string detail) {
    failure_ = {kind, std::move(detail)};
    return state::failed;
}

reply_parser::state reply_parser::fail_headers() {
    return fail(transport_failure_kind::too_large, "the headers are over " + std::to_string(max_headers_) + " bytes");
}

}  // namespace lark::poco::detail
