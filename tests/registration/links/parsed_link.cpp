#include "parsed_link.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/TemporaryFile.h>
#include <Poco/URI.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
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

    Poco::TemporaryFile file;
    std::ofstream{file.path(), std::ios::binary} << bytes.rdbuf();
    const auto command = std::string{ZCAT} + " < " + file.path();
    std::FILE* pipe = popen(command.c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), n);
    BOOST_TEST(pclose(pipe) == 0, "zcat refuses the payload");
    return out;
}

}  // namespace lark::test
