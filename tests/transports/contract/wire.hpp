// SPDX-License-Identifier: MIT
#pragma once

#include "stage.hpp"

#include "poco_certificates.hpp"
#include "poco_server.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace lark::contract {

/// A transport, and servers whose every byte the scenario decides.
class wire final : public runner {
public:
    wire(bool tls, const register_function& transport) : tls_(tls), transport_(transport) {}

    [[nodiscard]] bool tls() const noexcept { return tls_; }
    /// The authority that the transport is to trust.
    [[nodiscard]] const test::authority& trusted() const noexcept { return trusted_; }

    /// Starts the server that registrations lead to. The script runs in a thread for each connection; over TLS it
    /// begins with `greet`, or with a handshake of its own.
    void serve(std::function<void(test::peer&)> script);
    /// The handshake of a correct server; nothing over HTTP. False if it fails.
    bool greet(test::peer& client) const { return !tls_ || client.start_tls(good_); }
    /// Requests that have reached the server.
    [[nodiscard]] int requests() const { return server_->requests; }

private:
    [[nodiscard]] registration::app register_app(registration::handlers handlers, registration::options options,
                                                 std::stop_token stop) override;

    bool tls_;
    const register_function& transport_;
    test::authority trusted_;
    test::identity good_ = trusted_.issue();
    test::temporary_file ca_file_{trusted_.pem()};
    std::optional<test::scripted_server> server_;  // last: its scripts use the members above
};

/// The reply of a service whose user approves at once. Every secret in it begins with "marked-".
[[nodiscard]] std::string honest_reply(const std::string& request, std::string_view headers = {});
[[nodiscard]] std::string pending_reply();
[[nodiscard]] bool is_poll(const std::string& request);
/// Answers honestly until the client has no more requests.
void answer_honestly(test::peer& client);

/// Scenarios by subject, for `scenarios()`.
void add_identities(std::vector<scenario>& all);
void add_limits(std::vector<scenario>& all);
void add_side_effects(std::vector<scenario>& all);

}  // namespace lark::contract
