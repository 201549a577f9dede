// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/http_client.hpp>

#include <Poco/Net/StreamSocket.h>

#include <map>
#include <string>

namespace lark::contract {

/// The smallest transport that is enough for the sandbox on loopback: blocking, plain HTTP, one kept connection a host.
class plain_client final : public injected::http_client {
public:
    [[nodiscard]] http_result send(const http_request& request, std::stop_token stop) override;

private:
    /// Sends and reads on `socket`. Throws Poco's exceptions.
    [[nodiscard]] static http_result exchange(Poco::Net::StreamSocket& socket, const std::string& text,
                                              time_point deadline);

    std::map<std::string, Poco::Net::StreamSocket> kept_;  // by host and port
};

}  // namespace lark::contract
