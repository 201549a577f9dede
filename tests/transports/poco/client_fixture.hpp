// SPDX-License-Identifier: MIT
#pragma once

#include "support/poco_certificates.hpp"
#include "support/poco_names.hpp"
#include "support/poco_server.hpp"

#include <lark/poco/http_client.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <variant>

namespace lark::test {

using kind = transport_failure_kind;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// One authority for the whole suite, and options that trust it and no environment.
struct tls_fixture {
    authority ca;
    identity good = ca.issue();
    temporary_file ca_file{ca.pem()};

    [[nodiscard]] poco::http_options options() const {
        poco::http_options result;
        result.ca_file = ca_file.path();
        result.proxy = "";
        return result;
    }
};

inline http_request post(std::string url, std::chrono::milliseconds timeout = 10s, std::string body = "a=b") {
    return {"POST",          std::move(url), {{"Content-Type", "application/x-www-form-urlencoded"}},
            std::move(body), timeout,        true};
}

inline std::string body_of(const http_result& result) {
    if (const auto* response = std::get_if<http_response>(&result)) return response->body;
    const auto& failure = std::get<transport_failure>(result);
    return "(" + std::string{to_string(failure.kind)} + ") " + failure.detail;
}

inline transport_failure failure_of(const http_result& result) {
    if (const auto* failure = std::get_if<transport_failure>(&result)) return *failure;
    BOOST_FAIL("a reply came where a failure was due");
    return {};
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A script that answers every request with its body.
inline void echo(peer& client) {
    for (auto request = client.read_request(); !request.empty(); request = client.read_request())
        if (!client.write(reply_text(request.substr(request.find("\r\n\r\n") + 4)))) return;
}

}  // namespace lark::test
