// SPDX-License-Identifier: MIT
#pragma once

#include "os/environment.hpp"
#include "wire/endpoint.hpp"
#include "wire/no_proxy.hpp"

#include <lark/http.hpp>
#include <lark/poco/http_options.hpp>

#include <optional>
#include <string>
#include <vector>

namespace lark::poco::detail {

/// An HTTP proxy that is asked to CONNECT.
struct proxy {
    endpoint where;             ///< spoken to in plain text
    std::string authorization;  ///< the value of Proxy-Authorization, a secret; empty: none
    std::string shown;          ///< for texts: URL and where it was named, without user info
    std::string fault;          ///< why it cannot be used; empty: it can
};

/// Which proxy leads to which host.
class proxy_rules {
public:
    /// Throws `registration::invalid_option` for the option; what is wrong in the environment is found by a request
    /// that would use it.
    proxy_rules(const http_options& options, const environment& env);

    /// The way to `where`; null: directly.
    [[nodiscard]] const proxy* find(const endpoint& where) const;

private:
    std::optional<proxy> https_;
    std::optional<proxy> http_;
    std::vector<no_proxy_entry> no_proxy_;
};

/// The failure of a request through a proxy that cannot be used; none if it can, or if there is no proxy.
[[nodiscard]] std::optional<transport_failure> proxy_failure(const proxy* through);

/// A failure of the resolver as it is reported, for the way to `where`. That a proxy is unknown says nothing about the
/// host.
[[nodiscard]] transport_failure resolver_failure(const proxy_rules& proxies, const endpoint& where,
                                                 transport_failure why);

}  // namespace lark::poco::detail
