// SPDX-License-Identifier: MIT
#include "base/redact.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace lark::base {
namespace {

constexpr std::string_view placeholder = "[redacted]";

}  // namespace

std::string redact(std::string_view text, std::span<const std::string_view> secrets, std::size_t cap) {
    std::string out;
    while (!text.empty() && out.size() <= cap) {
        std::size_t hit = 0;  // of several that begin here the longest is replaced
        for (const auto secret : secrets)
            if (secret.size() >= shortest_secret && secret.size() > hit && text.substr(0, secret.size()) == secret)
                hit = secret.size();
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
