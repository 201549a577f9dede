// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/http_client.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace lark::fake {

/// Which URL leads to which side of the service: `https://host:port`, in lower case.
using host_map = std::map<std::string, host_role, std::less<>>;

/// Of all four domains. Throws `std::invalid_argument` if one is not a URL with a host.
[[nodiscard]] host_map make_hosts(const client_options& options);

/// None for a host that is neither.
[[nodiscard]] std::optional<host_role> find_host(const host_map& hosts, const std::string& url);

/// The step by its name if it is one; what a client made up stays out of traces.
[[nodiscard]] std::string step_of(const http_request& request);

/// The step as traces name it. None for a request that is neither of a registration nor of the API client.
[[nodiscard]] std::optional<registration::exchange_step> exchange_step_of(const http_request& request);

/// `5000ms`, for traces.
[[nodiscard]] std::string milliseconds(duration d);

}  // namespace lark::fake
