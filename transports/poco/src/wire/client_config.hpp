// SPDX-License-Identifier: MIT
#pragma once

#include "wire/proxy.hpp"
#include "wire/tls_context.hpp"

#include <lark/poco/http_options.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace lark::poco::detail {

/// The options of a client, checked and together with what the environment says. Constant, shared by its connections.
struct client_config {
    std::chrono::milliseconds connect_timeout;
    std::string user_agent;
    std::size_t max_headers;
    std::size_t max_body;
    proxy_rules proxies;
    tls_context tls;
};

/// Throws `registration::invalid_option`.
[[nodiscard]] std::shared_ptr<const client_config> make_client_config(const http_options& options);

}  // namespace lark::poco::detail
