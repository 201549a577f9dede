// SPDX-License-Identifier: MIT
#include "base/url.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace lark::base {
namespace {

constexpr bool is_unreserved(char c) noexcept {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void append_escaped(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 0x0F];
}

bool is_scheme(std::string_view s) noexcept {
    return !s.empty() && is_alpha(s.front()) && std::all_of(s.begin(), s.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

/// Labels with a dot between them, none empty; one dot may end the name. `%` stands for bytes over 0x7F only.
bool is_name(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1);
    bool in_label = false;
    for (std::size_t i = 0; i < host.size(); ++i) {
        const char c = host[i];
        if (c == '.') {
            if (!in_label) return false;
            in_label = false;
            continue;
        }
        if (c == '%') {
            if (i + 2 >= host.size() || hex_value(host[i + 1]) < 8 || hex_value(host[i + 2]) < 0) return false;
            i += 2;
        } else if (!is_unreserved(c) && static_cast<unsigned char>(c) < 0x80) {
            return false;
        }
        in_label = true;
    }
    return in_label;
}

/// Four plain decimals up to 255; the first of them, or nothing.
std::optional<unsigned> first_of_ipv4(std::string_view host) noexcept {
    std::optional<unsigned> first;
    for (int part_number = 0;; ++part_number) {
        const auto dot = host.find('.');
        const auto part = host.substr(0, dot);
        unsigned value = 256;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (error != std::errc{} || end != part.data() + part.size() || value > 255) return {};
        if (part.size() > 1 && part.front() == '0') return {};  // resolvers read it as octal: 0127.0.0.1 is 87.0.0.1
        if (!first) first = value;
        if (dot == std::string_view::npos) return part_number == 3 ? first : std::nullopt;
        host.remove_prefix(dot + 1);
    }
}

bool is_ipv6_group(std::string_view group) noexcept {
    return !group.empty() && group.size() <= 4 &&
           std::all_of(group.begin(), group.end(), [](char c) { return hex_value(c) >= 0; });
}

/// RFC 3986, 3.2.2: eight groups, or fewer around one `::`; an IPv4 address may stand for the last two.
bool is_ipv6_literal(std::string_view host) noexcept {
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
    host = host.substr(1, host.size() - 2);
    int groups = 0;
    bool gap = host.starts_with("::");
    if (gap) host.remove_prefix(2);
    while (!host.empty()) {
        const auto colon = host.find(':');
        if (colon == std::string_view::npos && first_of_ipv4(host)) {
            groups += 2;
            break;
        }
        if (!is_ipv6_group(host.substr(0, colon))) return false;
        ++groups;
        if (colon == std::string_view::npos) break;
        host.remove_prefix(colon + 1);
        if (host.empty()) return false;
        if (host.front() != ':') continue;
        if (gap) return false;
        gap = true;
        host.remove_prefix(1);
    }
    return gap ? groups < 8 : groups == 8;
}

bool is_port(std::string_view port) noexcept {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    return error == std::errc{} && end == port.data() + port.size() && value >= 1 && value <= 65535;
}

}  // namespace

std::optional<url_parts> split_url(std::string_view url) noexcept {
    if (url.find('\\') != std::string_view::npos || url.find(' ') != std::string_view::npos || has_control(url))
        return {};

    url_parts parts;
    const auto colon = url.find("://");
    if (colon == std::string_view::npos) return {};
    parts.scheme = url.substr(0, colon);
    if (!is_scheme(parts.scheme)) return {};
    url.remove_prefix(colon + 3);

    if (const auto hash = url.find('#'); hash != std::string_view::npos) {
        parts.fragment = url.substr(hash + 1);
        parts.has_fragment = true;
        url = url.substr(0, hash);
    }
    if (const auto mark = url.find('?'); mark != std::string_view::npos) {
        parts.query = url.substr(mark + 1);
        parts.has_query = true;
        url = url.substr(0, mark);
    }
    if (const auto slash = url.find('/'); slash != std::string_view::npos) {
        parts.path = url.substr(slash);
        url = url.substr(0, slash);
    }
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        parts.user_info = url.substr(0, at);
        parts.has_user_info = true;
        url.remove_prefix(at + 1);
    }
    const auto bracket = url.rfind(']');
    const auto port = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
    parts.host = url.substr(0, port);
    if (port != std::string_view::npos) {
        parts.port = url.substr(port + 1);
        parts.has_port = true;
        if (!is_port(parts.port)) return {};
    }
    if (!is_name(parts.host) && !is_ipv6_literal(parts.host)) return {};
    return parts;
}

std::string_view authority_of(std::string_view url) noexcept {
    constexpr std::string_view after_scheme = "://";
    url.remove_prefix(url.find(after_scheme) + after_scheme.size());
    return url.substr(0, url.find('/'));
}

bool is_loopback_host(std::string_view host) noexcept {
    return equals_ignoring_case(host, "localhost") || host == "[::1]" || first_of_ipv4(host) == 127u;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return lower_case(a) == b; });
}

std::size_t percent_encoded_size(std::string_view text) noexcept {
    const auto kept = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_unreserved));
    return kept + 3 * (text.size() - kept);
}

void append_percent_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (is_unreserved(c)) out += c;
        else append_escaped(out, c);
    }
}

std::string percent_encode(std::string_view text) {
    std::string out;
    out.reserve(percent_encoded_size(text));
    append_percent_encoded(out, text);
    return out;
}

std::string ascii_only(std::string_view url) {
    std::string out;
    out.reserve(url.size());
    for (const char c : url) {
        if (static_cast<unsigned char>(c) < 0x80) out += c;
        else append_escaped(out, c);
    }
    return out;
}

}  // namespace lark::base
