// SPDX-License-Identifier: MIT
#include "base/redact.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace lark::base {
namespace {

constexpr std::size_t shortest_secret = 4;
constexpr std::string_view placeholder = "[redacted]";

bool begins_url(std::string_view text) noexcept {
    return text.size() > 4 && (text[0] | 0x20) == 'h' && (text[1] | 0x20) == 't' && (text[2] | 0x20) == 't' &&
           (text[3] | 0x20) == 'p';
}

/// FNV-1a. That two texts have the same, once in four thousand millions, cuts one that could have stayed.
std::uint32_t hash_of(std::string_view text) noexcept {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

std::size_t size_in(url_print print) noexcept { return static_cast<std::size_t>(print >> 32); }

}  // namespace

url_print fingerprint(std::string_view url) noexcept {
    if (!begins_url(url) || url.size() > UINT32_MAX) return 0;
    return url_print{url.size()} << 32 | hash_of(url);
}

std::string redact(std::string_view text, std::initializer_list<std::string_view> secrets, std::size_t cap,
                   const std::array<url_print, 2>& urls) {
    std::string out;
    while (!text.empty() && out.size() <= cap) {
        std::size_t hit = 0;  // of several that begin here the longest is replaced
        for (const auto secret : secrets)
            if (secret.size() >= shortest_secret && secret.size() > hit && text.substr(0, secret.size()) == secret)
                hit = secret.size();
        if (begins_url(text))
            for (const auto url : urls)
                if (const auto size = size_in(url);
                    size > hit && size <= text.size() && fingerprint(text.substr(0, size)) == url)
                    hit = size;
        if (hit > 0) out += placeholder;
        else out += text.front();
        text.remove_prefix(hit > 0 ? hit : 1);
    }
    out.resize(cut(out, cap).size());
    return out;
}

bool quotes(std::string_view text, std::initializer_list<std::string_view> secrets) noexcept {
    return std::any_of(secrets.begin(), secrets.end(), [&](std::string_view secret) {
        return secret.size() >= shortest_secret && text.find(secret) != std::string_view::npos;
    });
}

}  // namespace lark::base
