// SPDX-License-Identifier: MIT
#include "faulty_client.hpp"

#include <Poco/URI.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace lark::contract {

namespace {

constexpr std::size_t body_cap = 256 * 1024;
constexpr std::size_t head_cap = 32 * 1024;

/// Keeps SIGPIPE from the process, since OpenSSL's own socket writes without MSG_NOSIGNAL.
class no_sigpipe {
public:
    explicit no_sigpipe(bool wanted) : wanted_(wanted) {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        if (wanted_) pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~no_sigpipe() {
        if (!wanted_) return;
        const timespec at_once{};
        while (sigtimedwait(&pipe_, nullptr, &at_once) > 0) {}
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    no_sigpipe(const no_sigpipe&) = delete;
    no_sigpipe& operator=(const no_sigpipe&) = delete;

private:
    bool wanted_;
    sigset_t pipe_{};
    sigset_t before_{};
};

/// The headers of a reply's head, without its first line.
std::vector<http_header> headers_of(std::string_view head) {
    std::vector<http_header> headers;
    for (auto at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size();) {
        const auto next = head.find("\r\n", at + 2);
        const auto line = head.substr(at + 2, next - at - 2);
        const auto colon = line.find(": ");
        if (colon != std::string_view::npos)
            headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
        at = next;
    }
    return headers;
}

std::size_t number_in(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

faulty_client::faulty_client(const std::filesystem::path& ca_file, fault wrong)
    : wrong_(wrong), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_load_verify_locations(context_, ca_file.c_str(), nullptr);
    SSL_CTX_set_min_proto_version(context_, wrong_ == fault::speaks_tls_1_0 ? TLS1_VERSION : TLS1_2_VERSION);
    if (wrong_ == fault::speaks_tls_1_0) SSL_CTX_set_security_level(context_, 0);
    if (wrong_ != fault::trusts_every_certificate) SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
}

faulty_client::~faulty_client() {
    close();
    SSL_CTX_free(context_);
}

void faulty_client::close() {
    if (tls_ != nullptr) SSL_free(std::exchange(tls_, nullptr));
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    origin_.clear();
}

void faulty_client::limit_next_wait(time_point deadline) const {
    if (wrong_ == fault::has_no_timeout) return;
    auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - injected::boottime_now());
    if (wrong_ == fault::has_a_timeout_a_read) left = std::chrono::seconds{1};
    left = std::max(left, std::chrono::microseconds{1});
    timeval time{};  // its members are narrower than a duration's on a 32-bit machine
    time.tv_sec = static_cast<decltype(time.tv_sec)>(left.count() / 1'000'000);
    time.tv_usec = static_cast<decltype(time.tv_usec)>(left.count() % 1'000'000);
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

transport_failure faulty_client::failed(const http_request& request, time_point deadline, std::string_view got) const {
    const bool late = injected::boottime_now() >= deadline;
    transport_failure failure{late ? transport_failure_kind::timeout : transport_failure_kind::cut,
                              late ? "no reply in time" : "the connection ended before the reply"};
    failure.on_kept_connection = !late && kept_ && got.empty();
    if (wrong_ == fault::tells_secrets) failure.detail += ": " + request.body + " got: " + std::string(got);
    return failure;
}

std::unique_ptr<transport_failure> faulty_client::connect(const std::string& host, int port, time_point deadline) {
    const auto because = [this](transport_failure_kind kind, std::string detail) {
        close();
        return std::make_unique<transport_failure>(transport_failure{kind, std::move(detail)});
    };
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &address.sin_addr);
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    limit_next_wait(deadline);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return because(transport_failure_kind::connect, "cannot connect");
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, fd_);
    if (wrong_ != fault::ignores_the_host_name && wrong_ != fault::trusts_every_certificate) {
        auto* wanted = SSL_get0_param(tls_);
        if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) SSL_set1_host(tls_, host.c_str());
    }
    limit_next_wait(deadline);
    if (SSL_connect(tls_) == 1) return nullptr;
    if (wrong_ != fault::trusts_every_certificate && SSL_get_verify_result(tls_) != X509_V_OK)
        return because(wrong_ == fault::reports_certificates_as_cut ? transport_failure_kind::cut
                                                                    : transport_failure_kind::certificate,
                       "the certificate is not accepted");
    if (injected::boottime_now() >= deadline) return because(transport_failure_kind::timeout, "no handshake in time");
    return because(transport_failure_kind::tls, "the handshake failed");
}

http_result faulty_client::send(const http_request& request, std::stop_token stop) {
    if (wrong_ == fault::dies_of_an_exception) throw std::logic_error("a fault of the transport itself");
    const no_sigpipe guard(wrong_ != fault::raises_sigpipe);
    auto result = send_once(request, stop);
    if (const auto* failure = std::get_if<transport_failure>(&result)) {
        const bool lost = failure->kind == transport_failure_kind::cut;
        if (lost && (wrong_ == fault::sends_twice ||
                     (wrong_ == fault::sends_twice_on_a_kept_connection && failure->on_kept_connection)))
            return send_once(request, stop);
    }
    const auto* reply = std::get_if<http_response>(&result);
    if (reply == nullptr || wrong_ != fault::follows_redirects || reply->status / 100 != 3) return result;
    auto again = request;
    again.url = find_header(reply->headers, "Location").value_or(request.url);
    return send_once(again, std::move(stop));
}

http_result faulty_client::send_once(const http_request& request, std::stop_token stop) {
    const Poco::URI url(request.url);
    const auto deadline = injected::boottime_now() + request.timeout;
    const auto origin = url.getHost() + ':' + std::to_string(url.getPort());
    kept_ = origin_ == origin;
    if (!kept_) {
        close();
        if (const auto failure = connect(url.getHost(), url.getPort(), deadline)) return *failure;
        origin_ = origin;
    }
    http_result result;
    {
        // Another thread ends the wait of this one by ending the connection.
        const std::stop_callback on_stop(stop, [fd = fd_] { ::shutdown(fd, SHUT_RDWR); });
        result = exchange(request, url.getPathAndQuery(), deadline);
    }
    const auto* reply = std::get_if<http_response>(&result);
    if (reply == nullptr || find_header(reply->headers, "Connection") == "close") close();
    return result;
}

http_result faulty_client::exchange(const http_request& request, std::string_view path, time_point deadline) {
    std::string text = request.method + ' ' + std::string(path) + " HTTP/1.1\r\nHost: " + origin_ + "\r\n";
    for (const auto& h : request.headers) text += h.name + ": " + h.value + "\r\n";
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
    limit_next_wait(deadline);
    if (SSL_write(tls_, text.data(), static_cast<int>(text.size())) <= 0) return failed(request, deadline, {});
    return read_reply(request, deadline);
}

http_result faulty_client::read_reply(const http_request& request, time_point deadline) {
    const auto too_large = [] {
        return transport_failure{transport_failure_kind::too_large, "the reply is too large"};
    };
    std::string got;
    std::array<char, 16 * 1024> buffer;
    std::size_t head_size = 0;  // 0: the head is not complete
    std::size_t length = 0;
    http_response reply;
    bool has_length = false;
    while (head_size == 0 || !has_length || got.size() < head_size + length) {
        limit_next_wait(deadline);
        const int size = SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()));
        if (size <= 0 && head_size != 0 && !has_length && SSL_get_error(tls_, size) == SSL_ERROR_ZERO_RETURN) break;
        if (size <= 0) return failed(request, deadline, got);
        const auto searched = got.size() < 3 ? 0 : got.size() - 3;
        got.append(buffer.data(), static_cast<std::size_t>(size));
        if (head_size == 0) {
            const auto end = got.find("\r\n\r\n", searched);
            if (end == std::string::npos && got.size() > head_cap && wrong_ != fault::reads_any_headers)
                return too_large();
            if (end == std::string::npos) continue;
            head_size = end + 4;
            if (!got.starts_with("HTTP/1.1 ")) return transport_failure{transport_failure_kind::protocol, "no HTTP"};
            reply.status = static_cast<int>(number_in(std::string_view(got).substr(9, 3)));
            reply.headers = headers_of(std::string_view(got).substr(0, end));
            if (find_header(reply.headers, "Transfer-Encoding"))
                return transport_failure{transport_failure_kind::protocol, "chunks are not read here"};
            const auto said = find_header(reply.headers, "Content-Length");
            has_length = said.has_value();
            length = said ? number_in(*said) : 0;
        }
        if (got.size() - head_size > body_cap && wrong_ != fault::reads_any_body) return too_large();
    }
    reply.body = has_length ? got.substr(head_size, length) : got.substr(head_size);
    return reply;
}

}  // namespace lark::contract
