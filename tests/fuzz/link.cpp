// SPDX-License-Identifier: MIT
// Fuzzes the link builder: the input is the service's link, a newline, and a source. The built link is parsed again
// here, with string searches alone.
#include "registration/link.hpp"
#include "registration/support/watched_flow.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using lark::registration::testing::require;
namespace core = lark::registration::detail;

/// Non-ASCII bytes as %XX; written apart from the code under test.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x80) {
            out += c;
        } else {
            char hex[4] = {'%', "0123456789ABCDEF"[(static_cast<unsigned char>(c) >> 4) & 15],
                           "0123456789ABCDEF"[c & 15], 0};
            out += hex;
        }
    }
    return out;
}

std::vector<std::string> parts(std::string_view query) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        out.emplace_back(query.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

bool is_replaced(const std::string& part) {
    // Decodes the name just far enough to compare it.
    std::string name;
    const auto end = std::min(part.find('='), part.size());
    for (std::size_t i = 0; i < end; ++i) {
        if (part[i] == '%' && i + 2 < end && std::isxdigit(static_cast<unsigned char>(part[i + 1])) &&
            std::isxdigit(static_cast<unsigned char>(part[i + 2]))) {
            name += static_cast<char>(std::stoi(part.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            name += part[i];
        }
    }
    return name == "from" || name == "tp" || name == "source";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto line = input.find('\n');
    const std::string url{input.substr(0, line)};
    lark::registration::options opts;
    if (line != std::string_view::npos && line + 1 < size) opts.source = std::string{input.substr(line + 1)};

    const bool fit = core::is_fit_for_user(url, false);
    if (fit) require(core::is_fit_for_user(url, true), "what is fit with https only is fit with loopback too");
    if (core::is_fit_for_user(url, true) && !fit) require((url[0] | 0x20) == 'h' && (url[4] == ':'), "then it is http");
    if (!fit) return 0;
    require(url.size() > 8 && (url[4] == 's' || url[4] == 'S') && url.find_first_of(" \\\t\r\n") == std::string::npos,
            "protocol.md 2: https, no spaces, no backslashes");
    const auto authority = url.substr(8, url.find_first_of("/?#", 8) - 8);
    require(!authority.empty() && authority.find('@') == std::string::npos, "protocol.md 2: a host, no user info");

    const auto ours = core::link_parameters(opts);
    const auto link = core::build_link(url, ours);
    require(std::all_of(link.begin(), link.end(), [](char c) { return c > 0x20 && c < 0x7F; }),
            "protocol.md 2: all ASCII");
    require(core::is_fit_for_user(link, false), "the link itself is fit for a user");

    const auto hash = std::min(url.find('#'), url.size());
    const auto mark = std::min(url.substr(0, hash).find('?'), hash);
    std::string wanted = escaped(url.substr(0, mark)) + '?';
    if (mark + 1 < hash)
        for (const auto& part : parts(std::string_view{url}.substr(mark + 1, hash - mark - 1)))
            if (!is_replaced(part)) wanted += escaped(part) + '&';
    wanted += ours + escaped(url.substr(hash));
    require(link == wanted, "protocol.md 2: everything else byte for byte");
    require(core::build_link(link, ours) == link, "the second time changes nothing");
    return 0;
}
