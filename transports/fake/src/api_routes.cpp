// SPDX-License-Identifier: MIT
#include "api_routes.hpp"

#include "base/ascii.hpp"
#include "messages.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lark::fake {

namespace {

/// The part before the next `/`, which is taken off.
std::string_view next_segment(std::string_view& path) noexcept {
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    return segment;
}

/// As it was sent: a segment may hold an escaped `/`.
std::string_view encoded_path(std::string_view url) noexcept {
    constexpr std::string_view authority = "://";
    if (const auto at = url.find(authority); at != std::string_view::npos) url.remove_prefix(at + authority.size());
    const auto path = url.find('/');
    return path == std::string_view::npos ? std::string_view{} : url.substr(path, url.find_first_of("?#") - path);
}

bool matches(std::string_view pattern, std::string_view path, api_routes::parameters& found) {
    found.clear();
    while (!pattern.empty() && !path.empty()) {
        const auto wanted = next_segment(pattern);
        const auto given = next_segment(path);
        if (wanted.starts_with(':') && !given.empty()) found.emplace(wanted.substr(1), base::percent_decode(given));
        else if (wanted != given) return false;
    }
    return pattern.empty() && path.empty();
}

}  // namespace

void api_routes::add(std::string method, std::string path, std::string_view root, api_handler handler) {
    if (!handler) throw std::invalid_argument("lark::fake: a call needs a handler");
    if (!path.starts_with(root))
        throw std::invalid_argument("lark::fake: the path of a call must begin with " + std::string(root));
    std::erase_if(routes_, [&](const route& r) { return r.method == method && r.path == path; });
    routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

const api_handler* api_routes::find(std::string_view method, std::string_view url, parameters& found) const {
    const auto path = encoded_path(url);
    for (const auto& r : routes_)
        if (r.method == method && matches(r.path, path, found)) return &r.handler;
    return nullptr;
}

std::string api_call::parameter(std::string_view name) const {
    const auto found = in_path.find(name);
    return found == in_path.end() ? std::string() : found->second;
}

std::string api_call::query(std::string_view name) const { return query_of(request.url, name); }

json api_call::body() const { return json::parse(request.body).value_or(json{}); }

http_response api_success(std::string_view data) {
    return json_response(200, {{"code", "0"}, {"msg", json::quote("success")}, {"data", std::string(data)}});
}

http_response api_refusal(std::int64_t code, std::string_view message, int status) {
    return json_response(status, {{"code", std::to_string(code)}, {"msg", json::quote(message)}});
}

}  // namespace lark::fake
