// SPDX-License-Identifier: MIT
#include "wire/reply_parser.hpp"

#include "base/ascii.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <Poco/String.h>

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <system_error>
#include <utility>

namespace lark::poco::detail {
namespace http = boost::beast::http;
namespace {

constexpr int max_interim = 8;

constexpr std::string_view version_start = "HTTP/1.";

bool may_be_http(std::string_view head) {
    return head.substr(0, version_start.size()) == version_start.substr(0, head.size());
}

/// `HTTP/1.1 200` and the end of the line: the blank behind the status, which RFC 9112, 4 wants even without a reason
/// phrase, is missing. Other clients read that, and Beast does not.
bool lacks_blank(std::string_view head) {
    constexpr auto end = std::string_view{"HTTP/1.1 200"}.size();
    return head.size() > end && head[end] == '\r' && may_be_http(head) && base::is_digit(head[version_start.size()]) &&
           head[version_start.size() + 1] == ' ' &&
           std::all_of(head.begin() + end - 3, head.begin() + end, base::is_digit);
}

/// The number in `timeout=5` or `timeout="5"`. A number that is too large for the type is as good as no limit.
std::optional<std::chrono::seconds> timeout_of(const std::string& parameter) {
    const auto equals = parameter.find('=');
    if (equals == std::string::npos || Poco::icompare(Poco::trim(parameter.substr(0, equals)), "timeout") != 0)
        return {};
    auto value = Poco::trim(parameter.substr(equals + 1));
    if (value.size() > 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    unsigned number = 0;
    const auto* end = value.data() + value.size();
    const auto [at, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc{} || at != end) return {};
    return std::chrono::seconds{number};
}

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

/// Counts the chunks along. Versions of Beast differ in how they read the line of a chunk's size that is not whole yet:
/// 1.74 asserts that five bytes are left once it has seen the last chunk's zero, 1.87 and later take that line alone
/// and refuse an extension that comes in pieces after some 4 KiB. So none of them is shown half a line.
struct reply_parser::parser : http::response_parser<http::string_body> {
    parser() { on_chunk_header(chunk_begun); }

    /// The next bytes are the line of a chunk's size.
    [[nodiscard]] bool at_chunk_size() { return is_header_done() && chunked() && chunk_left == 0 && !in_trailers; }

    /// That line is whole in `left`, or wrong already, which Beast shall say.
    bool has_chunk_size(std::string_view left) {
        const std::size_t begin = first_chunk ? 0 : 2;  // the end of the chunk before
        const auto end = left.find('\r', std::max(begin, searched));
        searched = std::min(end, left.size());
        return end != std::string_view::npos && end + 1 < left.size() && left.size() >= shortest_end;
    }

    /// What `put` has used, and whether it began within a chunk.
    void count(std::size_t used, bool within_chunk) {
        if (within_chunk) chunk_left -= used;
        if (used > 0) searched = 0;
        if (in_trailers) trailer_bytes += used;
    }

    static constexpr std::size_t shortest_end = std::string_view{"0\r\n\r\n"}.size();
    std::uint64_t chunk_left = 0;
    bool first_chunk = true;
    bool in_trailers = false;
    std::size_t trailer_bytes = 0;  // with the last chunk's line, which Beast 1.74 reads together with them
    std::size_t searched = 0;       // of the line: no end before this

private:
    // Beast keeps a reference to it.
    std::function<void(std::uint64_t, boost::beast::string_view, boost::beast::error_code&)> chunk_begun =
        [this](std::uint64_t size, boost::beast::string_view, boost::beast::error_code&) {
            first_chunk = false;
            chunk_left = size;
            in_trailers = size == 0;
        };
};

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
    parser_->skip(expect_ != expect::body);
    headers_ready_ = false;
    at_status_line_ = true;
}

reply_parser::state reply_parser::feed(std::string_view bytes) {
    total_ += bytes.size();
    rest_.append(bytes);
    return parse();
}

reply_parser::state reply_parser::parse() {
    for (;;) {
        if (at_status_line_ && lacks_blank(rest_)) rest_.insert(std::string_view{"HTTP/1.1 200"}.size(), 1, ' ');
        std::string_view left = rest_;
        const auto interim = interim_;
        const auto now = parse(left);
        rest_.erase(0, rest_.size() - left.size());  // once for all: a chunk may be as short as a byte
        if (now != state::more || interim == interim_) return now;
    }
}

reply_parser::state reply_parser::parse(std::string_view& left) {
    while (!parser_->is_done() && !left.empty()) {
        // Beast looks at nothing before the head is whole. Bytes that are not HTTP are reported at once.
        if (at_status_line_ && !may_be_http(left))
            return fail(transport_failure_kind::protocol, "the reply is not HTTP");
        if (parser_->at_chunk_size() && !parser_->has_chunk_size(left)) break;
        const bool within_chunk = parser_->chunk_left > 0, at_chunk_size = parser_->at_chunk_size();
        boost::beast::error_code error;
        const auto used = parser_->put(boost::asio::const_buffer{left.data(), left.size()}, error);
        left.remove_prefix(used);
        parser_->count(used, within_chunk);
        at_status_line_ = at_status_line_ && used == 0;  // Beast takes the line as soon as it is whole
        if (!headers_ready_) {
            // Beast's own limit holds for each call only.
            header_bytes_ += used;
            if (header_bytes_ + (parser_->is_header_done() ? 0 : left.size()) > max_headers_) return fail_headers();
        }
        if (error == http::error::body_limit) return fail_body();
        if (error == http::error::header_limit) return headers_ready_ ? fail_chunk() : fail_headers();
        if (error && error != http::error::need_more)
            return fail(transport_failure_kind::protocol, "the reply is not HTTP: " + error.message());
        if (!headers_ready_ && parser_->is_header_done())
            if (const auto now = headers_done(); now != state::more || !headers_ready_) return now;
        if ((at_chunk_size && used > max_headers_) || parser_->trailer_bytes > max_headers_) return fail_chunk();
        if (headers_ready_ && total_ - left.size() - body_size() > 2 * max_headers_ + max_body_)
            return fail(transport_failure_kind::too_large, "the framing of the body is over the caps");
        if (error == http::error::need_more) break;
    }
    if (headers_ready_ && !parser_->is_done() && parser_->trailer_bytes + left.size() > max_headers_)
        return fail_chunk();
    return headers_ready_ && parser_->is_done() ? state::complete : state::more;
}

reply_parser::state reply_parser::headers_done() {
    const auto& message = parser_->get();
    const auto status = message.result_int();
    if (status < 100) return fail(transport_failure_kind::protocol, "the reply has a status below 100");
    if (status == 101) return fail(transport_failure_kind::protocol, "the server switches protocols unasked");
    if (status / 100 ==
        1) {  // RFC 9110, 15.2: to be skipped, any number; a bound keeps a server from going on for ever
        if (++interim_ > max_interim) return fail(transport_failure_kind::protocol, "too many interim replies");
        begin();
        return state::more;
    }
    // RFC 9110, 9.3.6: in a 2xx to CONNECT they mean nothing.
    const bool tunnel = expect_ == expect::tunnel && status / 100 == 2;
    const auto codings = tunnel ? 0 : message.count(http::field::transfer_encoding);
    // RFC 9112, 6.1: the framing of such a reply is faulty.
    if (codings > 0 && message.version() < 11)
        return fail(transport_failure_kind::protocol, "an HTTP/1.0 reply has a transfer coding");
    if (codings > 1 || (codings == 1 && !boost::beast::iequals(message[http::field::transfer_encoding], "chunked")))
        return fail(transport_failure_kind::protocol, "the reply has a transfer coding that was not asked for");
    headers_ready_ = true;
    parser_->header_limit(static_cast<std::uint32_t>(max_headers_));  // newer Beasts count the trailers to the headers
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

std::optional<std::chrono::seconds> reply_parser::keep_alive_timeout() const {
    std::optional<std::chrono::seconds> shortest;
    for (const auto& header : response_.headers) {
        if (Poco::icompare(header.name, "Keep-Alive") != 0) continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            const auto timeout = timeout_of(std::string{rest.substr(0, comma)});
            if (timeout && (!shortest || *timeout < *shortest)) shortest = timeout;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return shortest;
}

bool reply_parser::reusable() const { return rest_.empty() && !parser_->need_eof() && parser_->keep_alive(); }

http_response reply_parser::take() {
    response_.body = std::move(parser_->get().body());
    return std::move(response_);
}

reply_parser::state reply_parser::fail(transport_failure_kind kind, std::string detail) {
    failure_ = {kind, std::move(detail)};
    if (kind == transport_failure_kind::too_large && !at_status_line_)
        failure_.http_status = static_cast<int>(parser_->get().result_int());
    return state::failed;
}

reply_parser::state reply_parser::fail_headers() {
    return fail(transport_failure_kind::too_large,
                "the headers are over " + std::to_string(max_headers_) + " bytes (max_headers)");
}

reply_parser::state reply_parser::fail_body() {
    at_status_line_ = false;  // it arrived before any body
    return fail(transport_failure_kind::too_large,
                "the body is over " + std::to_string(max_body_) + " bytes (max_body)");
}

reply_parser::state reply_parser::fail_chunk() {
    return fail(transport_failure_kind::too_large,
                "a chunk's extension or the trailers are over " + std::to_string(max_headers_) + " bytes");
}

}  // namespace lark::poco::detail
