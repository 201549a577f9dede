// SPDX-License-Identifier: MIT
#include "hosts.hpp"

#include "accounts_model.hpp"
#include "messages.hpp"
#include "open_model.hpp"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace lark::fake {

namespace {

/// Scheme, host and port, in the one form in which they can be compared; empty if `url` has no host.
std::string origin_of(const std::string& url) {
    try {
        const Poco::URI uri(url);
        if (uri.getHost().empty()) return {};
        return Poco::toLower(uri.getScheme() + "://" + uri.getHost()) + ":" + std::to_string(uri.getPort());
    } catch (const Poco::SyntaxException&) {
        return {};
    }
}

}  // namespace

host_map make_hosts(const client_options& options) {
    host_map hosts;
    const auto add = [&hosts](const std::string& url, host_role role) {
        auto origin = origin_of(url);
        if (origin.empty()) throw std::invalid_argument("lark::fake: a domain must be a URL with a host");
        hosts.emplace(std::move(origin), role);
    };
    add(options.domain, host_role::feishu);
    add(options.lark_domain, host_role::lark);
    add(options.open_domain, host_role::feishu);
    add(options.open_lark_domain, host_role::lark);
    return hosts;
}

std::optional<host_role> find_host(const host_map& hosts, const std::string& url) {
    const auto found = hosts.find(origin_of(url));
    return found == hosts.end() ? std::nullopt : std::optional{found->second};
}

std::string step_of(const http_request& request) {
    const auto path = path_of(request.url);
    if (open_model::serves(path)) return std::string(to_string(open_model::action_of(request.method, path)));
    const auto form = parse_form(request.body);
    return std::string(to_string(form ? accounts_model::action_of(*form) : action::other));
}

std::optional<registration::exchange_step> exchange_step_of(const http_request& request) {
    using registration::exchange_step;
    if (const auto step = registration::enumerator<exchange_step>(step_of(request))) return step;
    return open_model::serves(path_of(request.url)) ? std::optional{exchange_step::call} : std::nullopt;
}

std::string milliseconds(duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) + "ms";
}

}  // namespace lark::fake
