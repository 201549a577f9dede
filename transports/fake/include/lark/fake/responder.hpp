// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

namespace lark::fake {

/// Answers the requests of the fake transports: the model of the service (`accounts_service`), or a trace (`replay`).
class LARK_EXPORT responder {
public:
    responder() = default;
    virtual ~responder() = default;

    /// The answer to a request that arrives at `now`. Throws `std::bad_alloc`, and what the implementation says.
    [[nodiscard]] virtual service_reply handle(host_role host, const http_request& request, time_point now) = 0;

protected:
    responder(const responder&) = default;             ///< for the classes that can be copied
    responder(responder&&) = default;                  ///< or moved
    responder& operator=(const responder&) = default;  ///< for the classes that can be copied
    responder& operator=(responder&&) = default;       ///< or moved
};

}  // namespace lark::fake
