// SPDX-License-Identifier: MIT
#include "parsed_link.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/InflatingStream.h>
#include <Poco/URI.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace lark::test {
namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            out += static_cast<char>(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

parameters by_hand(const std::string& query) {
    parameters out;
    std::istringstream in{query};
    for (std::string part; std::getline(in, part, '&');) {
        if (part.empty()) continue;
        const auto equals = part.find('=');
        out.emplace_back(decoded(part.substr(0, equals)),
                         equals == std::string::npos ? "" : decoded(part.substr(equals + 1)));
    }
    return out;
}

}  // namespace

parsed_link parse_link(const std::string& link) {
    BOOST_TEST(std::all_of(link.begin(), link.end(), [](char c) { return c > 0x20 && c < 0x7F; }),
               "not all ASCII: " << link);
    parsed_link out;
    const auto hash = link.find('#');
    out.fragment = hash == std::string::npos ? "" : link.substr(hash);
    const auto head = link.substr(0, hash);
    const auto mark = head.find('?');
    BOOST_REQUIRE(mark != std::string::npos);
    out.before_query = head.substr(0, mark);
    out.raw_query = head.substr(mark + 1);
    out.query = by_hand(out.raw_query);

    auto by_poco = Poco::URI{link}.getQueryParameters();
    by_poco.erase(std::remove_if(by_poco.begin(), by_poco.end(),
                                 [](const auto& p) { return p.first.empty() && p.second.empty(); }),
                  by_poco.end());
    BOOST_TEST((by_poco == out.query), "two parsers read different parameters in " << link);
    return out;
}

std::vector<std::string> values(const parsed_link& link, std::string_view name) {
    std::vector<std::string> out;
    for (const auto& [key, value] : link.query)
        if (key == name) out.push_back(value);
    return out;
}

std::string decode_addons(const std::string& value) {
    BOOST_TEST(value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
               std::string::npos);
    auto padded = value;
    std::replace(padded.begin(), padded.end(), '-', '+');
    std::replace(padded.begin(), padded.end(), '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    std::istringstream text{padded};
    Poco::Base64Decoder bytes{text};
    const std::string packed{std::istreambuf_iterator<char>{bytes}, {}};
    std::istringstream in{packed};
    Poco::InflatingInputStream unpacked{in, Poco::InflatingStreamBuf::STREAM_GZIP};
    std::string out{std::istreambuf_iterator<char>{unpacked}, {}};  // throws if the checksum is wrong

    // RFC 1952, 2.3.1: the stream ends with its length, and nothing follows.
    std::size_t length = 0;
    for (std::size_t i = 1; i <= 4 && i <= packed.size(); ++i)
        length = length << 8 | static_cast<unsigned char>(packed[packed.size() - i]);
    BOOST_TEST(length == out.size(), "the gzip stream is cut or has something behind it");
    return out;
}

}  // namespace lark::test
