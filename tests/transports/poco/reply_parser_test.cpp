// SPDX-License-Identifier: MIT
#include "wire/reply_parser.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

using lark::poco::detail::reply_parser;
using state = reply_parser::state;
using kind = lark::transport_failure_kind;
using namespace std::string_literals;

namespace {

constexpr std::size_t max_headers = 4096, max_body = 4096;

struct outcome {
    state end = state::more;
    bool reusable = false;
    lark::http_response response;
    lark::transport_failure failure;
};

/// Fed in pieces of `step` bytes, then ended.
outcome parse(const std::string& bytes, std::size_t step, bool end = true) {
    reply_parser parser{max_headers, max_body, reply_parser::expect::body};
    outcome result;
    for (std::size_t at = 0; at < bytes.size() && result.end == state::more; at += step)
        result.end = parser.feed(std::string_view{bytes}.substr(at, step));
    if (result.end == state::more && end) result.end = parser.finish();
    if (result.end == state::complete) {
        result.reusable = parser.reusable();
        result.response = parser.take();
    } else {
        result.failure = parser.failure();
    }
    return result;
}

struct good {
    const char* name;
    std::string bytes;
    int status;
    std::string body;
    bool reusable;
    friend std::ostream& operator<<(std::ostream& out, const good& one) { return out << one.name; }
};

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

const good goods[] = {
    {"length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true},
    {"empty", "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", 400, "", true},
    {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;a=b\r\ni\r\n0\r\n\r\n", 200, "hi",
     true},
    {"no chunk", chunked + "0\r\n\r\n", 200, "", true},
    {"zeros of the last chunk", chunked + "2\r\nhi\r\n0000000\r\n\r\n", 200, "hi", true},
    {"extension of the last chunk", chunked + "2\r\nhi\r\n0;a=b\r\n\r\n", 200, "hi", true},
    {"longest extension", chunked + "2;" + std::string(max_headers - 4, 'e') + "\r\nhi\r\n0\r\n\r\n", 200, "hi", true},
    {"longest trailers", chunked + "0\r\nA: " + std::string(max_headers - 10, 't') + "\r\n\r\n", 200, "", true},
    {"trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nRetry-After: 9\r\n\r\n", 200,
     "hi", true},
    {"until the end", "HTTP/1.1 200 OK\r\n\r\nhi", 200, "hi", false},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false},
    {"close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false},
    {"close in a second field",
     "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false},
    {"no blank behind the status", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true},
    {"no blank behind the status of an interim", "HTTP/1.1 100\r\n\r\nHTTP/1.1 400\r\nContent-Length: 2\r\n\r\nhi", 400,
     "hi", true},
    {"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
    {"interim",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
     200, "hi", true},
    {"redirect", "HTTP/1.1 302 Found\r\nLocation: https://x.test/\r\nContent-Length: 0\r\n\r\n", 302, "", true},
    {"gzip unasked", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", 200, "\x1f\x8b",
     true},
    {"the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true},
    {"longest body", "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n" + std::string(4096, 'x'), 200,
     std::string(4096, 'x'), true},
};

struct bad {
    const char* name;
    std::string bytes;
    kind why;
    friend std::ostream& operator<<(std::ostream& out, const bad& one) { return out << one.name; }
};

std::string repeated(const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

const bad bads[] = {
    {"nothing", "", kind::cut},
    {"short garbage", "x", kind::protocol},
    {"garbage", "SSH-2.0-OpenSSH_9\r\n", kind::protocol},
    {"cut status line", "HTTP/1.1 200", kind::cut},
    {"cut headers", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", kind::cut},
    {"cut body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", kind::cut},
    {"cut chunk", chunked + "5\r\nhi", kind::cut},
    {"no last chunk", chunked + "2\r\nhi\r\n", kind::cut},
    {"cut trailers", chunked + "2\r\nhi\r\n0\r\nA: b\r\n", kind::cut},
    {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", kind::protocol},
    {"two lengths in one", "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nhi!", kind::protocol},
    {"length and chunked", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi",
     kind::protocol},
    {"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi", kind::protocol},
    {"other coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", kind::protocol},
    {"status 000", "HTTP/1.1 000 Zero\r\nContent-Length: 2\r\n\r\nhi", kind::protocol},
    {"status 099", "HTTP/1.1 099\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", kind::protocol},
    {"status of two digits", "HTTP/1.1 20\r\nContent-Length: 2\r\n\r\nhi", kind::protocol},
    {"HTTP/1.0 and chunked", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
     kind::protocol},
    {"line without colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", kind::protocol},
    {"flood without colon", "HTTP/1.1 200 OK\r\n" + std::string(5000, 'a'), kind::too_large},
    {"headers over the cap", "HTTP/1.1 200 OK\r\n" + repeated("A: b\r\n", 1000) + "\r\n", kind::too_large},
    {"one long header", "HTTP/1.1 200 OK\r\nA: " + std::string(5000, 'a') + "\r\n\r\n", kind::too_large},
    {"body over the cap", "HTTP/1.1 200 OK\r\nContent-Length: 4097\r\n\r\n", kind::too_large},
    {"endless body", "HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'), kind::too_large},
    {"chunks over the cap", chunked + repeated("400\r\n" + std::string(1024, 'x') + "\r\n", 5), kind::too_large},
    {"chunk over the cap", chunked + "fffffffffffffff0\r\n", kind::too_large},
    {"flood of chunk extensions", chunked + repeated("1;" + std::string(1000, 'e') + "\r\nx\r\n", 20), kind::too_large},
    {"one long extension", chunked + "1;" + std::string(9000, 'e'), kind::too_large},
    {"extension over the cap", chunked + "2;" + std::string(max_headers - 3, 'e') + "\r\nhi\r\n0\r\n\r\n",
     kind::too_large},
    {"trailers over the cap", chunked + "0\r\nA: " + std::string(max_headers - 9, 't') + "\r\n\r\n", kind::too_large},
    {"no size", chunked + "\r\nhi\r\n", kind::protocol},
    {"chunk longer than its size", chunked + "2\r\nhi!\r\n0\r\n\r\n", kind::protocol},
    {"bare CR in a size", chunked + "2\rhi there", kind::protocol},
    {"flood of trailers", chunked + "0\r\n" + repeated("A: b\r\n", 2000), kind::too_large},
    {"hundreds of 100", repeated("HTTP/1.1 100 Continue\r\n\r\n", 100), kind::protocol},
    {"switch of protocols", "HTTP/1.1 101 Switching\r\n\r\n", kind::protocol},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kind::protocol},
};

}  // namespace

BOOST_DATA_TEST_CASE(whole_replies, boost::unit_test::data::make(goods), one) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, one.bytes.size()}) {
        const auto result = parse(one.bytes, step);
        BOOST_TEST_REQUIRE((result.end == state::complete), result.failure.detail);
        BOOST_TEST(result.response.status == one.status);
        BOOST_TEST(result.response.body == one.body);
        BOOST_TEST(result.reusable == one.reusable);
    }
}

BOOST_AUTO_TEST_CASE(a_reply_over_a_cap_has_its_status_and_names_the_option) {
    for (const std::string& bytes : {std::string{"HTTP/1.1 201 Created\r\nContent-Length: 4097\r\n\r\n"},
                                     "HTTP/1.1 201 Created\r\n\r\n" + std::string(5000, 'x'),
                                     "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                         repeated("400\r\n" + std::string(1024, 'x') + "\r\n", 5)})
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
            const auto result = parse(bytes, step);
            BOOST_TEST(result.failure.http_status == 201);
            BOOST_TEST(result.failure.detail == "the body is over 4096 bytes (max_body)");
        }
    const auto headers = parse("HTTP/1.1 201 Created\r\nA: " + std::string(5000, 'a'), 7);
    BOOST_TEST(headers.failure.detail == "the headers are over 4096 bytes (max_headers)");
    BOOST_TEST(parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", 7).failure.http_status == 0);
}

BOOST_DATA_TEST_CASE(refused_replies, boost::unit_test::data::make(bads), one) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::max<std::size_t>(one.bytes.size(), 1)}) {
        const auto result = parse(one.bytes, step);
        BOOST_TEST((result.end == state::failed));
        BOOST_TEST(lark::to_string(result.failure.kind) == lark::to_string(one.why));
        BOOST_TEST(!result.failure.detail.empty());
    }
}

namespace {

/// In two pieces, the first of which ends at `at`.
outcome parse_split(const std::string& bytes, std::size_t at) {
    reply_parser parser{max_headers, max_body, reply_parser::expect::body};
    outcome result;
    result.end = parser.feed(std::string_view{bytes}.substr(0, at));
    if (result.end == state::more) result.end = parser.feed(std::string_view{bytes}.substr(at));
    if (result.end == state::more) result.end = parser.finish();
    if (result.end == state::complete) {
        result.reusable = parser.reusable();
        result.response = parser.take();
    } else {
        result.failure = parser.failure();
    }
    return result;
}

}  // namespace

// Every byte of every reply: how a network cuts a reply decides nothing, with the Beast that is there.
BOOST_DATA_TEST_CASE(good_replies_split_anywhere, boost::unit_test::data::make(goods), one) {
    for (std::size_t at = 1; at < one.bytes.size(); ++at) {
        const auto result = parse_split(one.bytes, at);
        BOOST_TEST_REQUIRE((result.end == state::complete), "split at " << at << ": " << result.failure.detail);
        BOOST_TEST(result.response.status == one.status);
        BOOST_TEST(result.response.body == one.body);
        BOOST_TEST(result.reusable == one.reusable);
    }
}

BOOST_DATA_TEST_CASE(bad_replies_split_anywhere, boost::unit_test::data::make(bads), one) {
    for (std::size_t at = 1; at < one.bytes.size(); ++at) {
        const auto result = parse_split(one.bytes, at);
        BOOST_TEST_REQUIRE((result.end == state::failed), "split at " << at);
        BOOST_TEST_REQUIRE(lark::to_string(result.failure.kind) == lark::to_string(one.why), "split at " << at);
    }
}

// A cap of more than Beast's own for a line (newer ones), however the extension comes.
BOOST_AUTO_TEST_CASE(extension_of_any_length_below_the_cap) {
    const auto bytes = chunked + "2;" + std::string(20'000, 'e') + "\r\nhi\r\n0\r\n\r\n";
    for (const std::size_t step : {std::size_t{1}, std::size_t{1'000}, std::size_t{5'000}, bytes.size()}) {
        reply_parser parser{64 * 1024, max_body, reply_parser::expect::body};
        auto end = state::more;
        for (std::size_t at = 0; at < bytes.size() && end == state::more; at += step)
            end = parser.feed(std::string_view{bytes}.substr(at, step));
        BOOST_TEST_REQUIRE((end == state::complete), "in pieces of " << step << ": " << parser.failure().detail);
        BOOST_TEST(parser.take().body == "hi");
    }
}

BOOST_AUTO_TEST_CASE(trailers_are_no_headers) {
    const auto result = parse(goods[3].bytes, 1);
    BOOST_TEST(!lark::find_header(result.response.headers, "Retry-After"));
    BOOST_TEST((lark::find_header(result.response.headers, "transfer-encoding") == "chunked"));
}

// RFC 9110, 9.3.6: what a 2xx to CONNECT announces means nothing.
BOOST_AUTO_TEST_CASE(a_tunnel_has_no_framing) {
    for (const char* field : {"Transfer-Encoding: gzip", "Transfer-Encoding: chunked", "Content-Length: 7"}) {
        reply_parser parser{max_headers, max_body, reply_parser::expect::tunnel};
        const auto end = parser.feed("HTTP/1.1 200 Connection established\r\n"s + field + "\r\n\r\n");
        BOOST_TEST((end == state::complete), field << ": " << parser.failure().detail);
    }
}

BOOST_AUTO_TEST_CASE(surplus_spoils_the_connection) {
    const auto result = parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n", 1000);
    BOOST_TEST((result.end == state::complete));
    BOOST_TEST(result.response.body == "hi");
    BOOST_TEST(!result.reusable);
}
