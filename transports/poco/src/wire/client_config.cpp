// SPDX-License-Identifier: MIT
#include "wire/client_config.hpp"

#include "wire/openssl_errors.hpp"

#include <lark/version.hpp>

#include <algorithm>

namespace lark::poco::detail {
namespace {

using registration::invalid_option;
using namespace std::chrono_literals;

const http_options& checked(const http_options& options) {
    if (options.connect_timeout <= 0ms || options.connect_timeout > 1h)
        throw invalid_option{"connect_timeout", "must be greater than zero and at most one hour"};
    const auto& agent = options.user_agent;
    if (agent.size() > 256 ||
        std::any_of(agent.begin(), agent.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }))
        throw invalid_option{"user_agent", "must be printable ASCII, up to 256 bytes"};
    constexpr std::size_t least = 1024, most = std::size_t{64} << 20;
    if (options.max_body < least || options.max_body > most)
        throw invalid_option{"max_body", "must be 1 KiB to 64 MiB"};
    if (options.max_headers < least || options.max_headers > most)
        throw invalid_option{"max_headers", "must be 1 KiB to 64 MiB"};
    return options;
}

}  // namespace

std::shared_ptr<const client_config> make_client_config(const http_options& options) {
    (void)checked(options);
    const openssl_errors kept;
    const auto env = read_environment();
    return std::make_shared<const client_config>(client_config{
        .connect_timeout = options.connect_timeout,
        .user_agent = options.user_agent.empty() ? "lark-registration-cpp/" LARK_VERSION_STRING : options.user_agent,
        .max_headers = options.max_headers,
        .max_body = options.max_body,
        .proxies = proxy_rules{options, env},
        .tls = tls_context{options, env}});
}

}  // namespace lark::poco::detail
