// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/http_client.hpp>

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace lark::contract {

/// The mistakes of a transport, for the test of the suite itself.
enum class fault {
    none,
    trusts_every_certificate,
    ignores_the_host_name,
    speaks_tls_1_0,
    reads_any_body,
    reads_any_headers,
    follows_redirects,
    has_no_timeout,
    has_a_timeout_a_read,
    reports_certificates_as_cut,
    tells_secrets,
    raises_sigpipe,
    sends_twice,
    sends_twice_on_a_kept_connection,
    dies_of_an_exception,
};

/// A blocking HTTPS client over OpenSSL's own socket, one connection at a time, with one fault.
class faulty_client final : public injected::http_client {
public:
    faulty_client(const std::filesystem::path& ca_file, fault wrong);
    ~faulty_client() override;
    faulty_client(const faulty_client&) = delete;
    faulty_client& operator=(const faulty_client&) = delete;

    [[nodiscard]] http_result send(const http_request& request, std::stop_token stop) override;

private:
    [[nodiscard]] http_result send_once(const http_request& request, std::stop_token stop);
    [[nodiscard]] http_result exchange(const http_request& request, std::string_view path, time_point deadline);
    [[nodiscard]] http_result read_reply(const http_request& request, time_point deadline);
    /// The failure to connect, or null.
    [[nodiscard]] std::unique_ptr<transport_failure> connect(const std::string& host, int port, time_point deadline);
    void limit_next_wait(time_point deadline) const;
    void close();
    [[nodiscard]] transport_failure failed(const http_request& request, time_point deadline,
                                           std::string_view got) const;

    fault wrong_;
    SSL_CTX* context_;
    SSL* tls_ = nullptr;
    int fd_ = -1;
    std::string origin_{};  // of the connection
    bool kept_ = false;     // the exchange that runs is not the connection's first
};

}  // namespace lark::contract
