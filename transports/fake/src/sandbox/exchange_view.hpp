// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>
#include <lark/registration/trace.hpp>

#include <array>
#include <optional>
#include <string>

namespace lark::fake {

/// Describes the exchanges of a sandbox from the server's side. Threads: one at a time.
class exchange_view {
public:
    /// The hosts as events name them: `127.0.0.1:8443`.
    exchange_view(const std::string& feishu_url, const std::string& lark_url);

    /// The event of a request that is answered by `reply`; what follows it is not known. Nothing for a request that is
    /// neither of a registration nor of the API client.
    [[nodiscard]] std::optional<registration::trace_event> describe(host_role host, const http_request& request,
                                                                    const service_reply& reply);

private:
    struct of_host {
        registration::host_name name;
        std::array<unsigned, 5> requests{};  ///< by step
    };
    std::array<of_host, 2> hosts_;
};

}  // namespace lark::fake
