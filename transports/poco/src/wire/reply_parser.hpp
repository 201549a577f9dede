// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lark::poco::detail {

/// One HTTP/1.x reply out of bytes as they come, by Boost.Beast's parser, which never sees a socket. The limits that
/// the parser does not have are here: the sum of all headers, interim replies, and the framing of chunks.
class reply_parser {
public:
    enum class state {
        more,      ///< more bytes are needed
        complete,  ///< the reply is whole
        failed,    ///< see `failure()`
    };
    /// The kind of reply that is awaited.
    enum class expect {
        body,     ///< a usual one
        no_body,  ///< to HEAD: ends with its headers, whatever they announce
        tunnel,   ///< to CONNECT: the same, and the framing fields of a 2xx mean nothing
    };

    reply_parser(std::size_t max_headers, std::size_t max_body, expect what);
    ~reply_parser();
    reply_parser(const reply_parser&) = delete;
    reply_parser& operator=(const reply_parser&) = delete;

    state feed(std::string_view bytes);
    /// The peer has ended the stream, orderly: completes a reply without a length of its own, and cuts any other.
    state finish();

    [[nodiscard]] bool started() const noexcept { return total_ > 0; }
    /// The connection may carry another exchange: the peer agrees, and nothing came behind the reply.
    [[nodiscard]] bool reusable() const;
    [[nodiscard]] bool has_surplus() const noexcept { return !rest_.empty(); }
    /// Of a complete reply, until `take`: the `timeout` of `Keep-Alive: timeout=5, max=100` (RFC 2068, 19.7.1.1), the
    /// shortest if there are several; none if the server announces nothing that can be read.
    [[nodiscard]] std::optional<std::chrono::seconds> keep_alive_timeout() const;
    [[nodiscard]] http_response take();
    [[nodiscard]] const transport_failure& failure() const noexcept { return failure_; }

private:
    struct parser;  // Beast's, whose headers are large: only the .cpp sees them

    void begin();
    state parse();
    state parse(std::string_view& left);  ///< takes what is used off the front
    state headers_done();
    state fail(transport_failure_kind kind, std::string detail);
    state fail_headers();
    state fail_body();
    state fail_chunk();
    [[nodiscard]] std::size_t body_size() const;

    std::size_t max_headers_;
    std::size_t max_body_;
    expect expect_;
    std::unique_ptr<parser> parser_;
    bool at_status_line_ = true;
    bool headers_ready_ = false;
    std::string rest_;              // bytes that the parser could not use yet
    std::size_t header_bytes_ = 0;  // of all heads, interim ones included
    std::size_t total_ = 0;
    int interim_ = 0;
    http_response response_;
    transport_failure failure_;
};

}  // namespace lark::poco::detail
