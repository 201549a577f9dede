// SPDX-License-Identifier: MIT
#include "poco_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace lark::test {
namespace {

using namespace std::chrono_literals;

int listen_on_loopback(std::uint16_t& port, int backlog, const char* on = "127.0.0.1") {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, on, &address.sin_addr);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, backlog) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error{"cannot listen on loopback"};
    port = ntohs(address.sin_port);
    return fd;
}

/// How many connections wait for `accept`, and above how many the kernel drops a SYN.
std::pair<unsigned, unsigned> backlog_of(int listener) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        throw std::system_error{errno, std::generic_category(), "getsockopt"};
    return {info.tcpi_unacked, info.tcpi_sacked};
}

}  // namespace

std::string tls_record(char type, std::string_view content) {
    const auto size = content.size();
    return std::string{type, '\3', '\3', static_cast<char>(size >> 8), static_cast<char>(size & 0xff)}.append(content);
}

peer::~peer() {
    if (ssl_ != nullptr) SSL_free(ssl_);
}

bool peer::start_tls(const identity& who, int max_version, const std::function<void(SSL*)>& prepare) {
    ssl_ = SSL_new(server_.tls_.get());
    SSL_use_certificate(ssl_, who.certificate.get());
    SSL_use_PrivateKey(ssl_, who.key.get());
    if (max_version != 0) SSL_set_max_proto_version(ssl_, max_version);
    SSL_set_fd(ssl_, fd_);
    if (prepare) prepare(ssl_);
    if (SSL_accept(ssl_) != 1) return false;
    ++(SSL_session_reused(ssl_) == 1 ? server_.resumed_handshakes : server_.full_handshakes);
    return true;
}

int peer::receive(char* into, int size) {
    return ssl_ != nullptr ? SSL_read(ssl_, into, size)
                           : static_cast<int>(::recv(fd_, into, static_cast<std::size_t>(size), 0));
}

std::string peer::read_until(std::string_view end) {
    for (;;) {
        if (const auto at = unread_.find(end); at != std::string::npos) {
            auto text = unread_.substr(0, at + end.size());
            unread_.erase(0, at + end.size());
            return text;
        }
        char buffer[4096];
        const int got = receive(buffer, sizeof buffer);
        if (got <= 0) return std::exchange(unread_, {});
        unread_.append(buffer, static_cast<std::size_t>(got));
    }
}

std::string peer::read_request() {
    auto text = read_until("\r\n\r\n");
    if (text.find("\r\n\r\n") == std::string::npos) return {};
    constexpr std::string_view field = "\r\ncontent-length:";  // in any case (RFC 9110, section 5.1)
    const auto at = std::search(text.begin(), text.end(), field.begin(), field.end(), [](char is, char wanted) {
        return std::tolower(static_cast<unsigned char>(is)) == wanted;
    });
    std::size_t length = 0;
    if (at != text.end()) length = std::strtoul(&*at + field.size(), nullptr, 10);
    while (unread_.size() < length) {
        char buffer[4096];
        const int got = receive(buffer, sizeof buffer);
        if (got <= 0) return {};
        unread_.append(buffer, static_cast<std::size_t>(got));
    }
    text += unread_.substr(0, length);
    unread_.erase(0, length);
    ++server_.requests;
    return text;
}

bool peer::write(std::string_view bytes) {
    if (ssl_ == nullptr) return send_all(bytes);
    while (!bytes.empty()) {
        const int sent = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool peer::send_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool peer::write_messages(const std::function<int(SSL*)>& one, std::size_t bytes) {
    BIO* to_socket = SSL_get_wbio(ssl_);
    BIO_up_ref(to_socket);
    BIO* memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(ssl_, memory);
    while (BIO_pending(memory) < static_cast<int>(bytes) && one(ssl_) == 1 && SSL_do_handshake(ssl_) == 1) {}
    std::string made(static_cast<std::size_t>(BIO_pending(memory)), '\0');
    BIO_read(memory, made.data(), static_cast<int>(made.size()));
    SSL_set0_wbio(ssl_, to_socket);
    return made.size() >= bytes && send_all(made);
}

void peer::wait_for_close() {
    char buffer[4096];
    while (receive(buffer, sizeof buffer) > 0) {}
}

void peer::close() {
    if (ssl_ != nullptr) SSL_shutdown(ssl_);
    ::shutdown(fd_, SHUT_WR);
}

void peer::reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    if (ssl_ != nullptr) SSL_set_quiet_shutdown(ssl_, 1);
}

bool peer::pause(std::chrono::milliseconds time) {
    std::unique_lock lock{server_.mutex_};
    return !server_.changed_.wait_for(lock, time, [this] { return server_.ending_; });
}

scripted_server::scripted_server(script run)
    : run_{std::move(run)},
      listener_{listen_on_loopback(port_, 128)},
      tls_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free} {
    static const unsigned char context[] = "lark test";
    SSL_CTX_set_session_id_context(tls_.get(), context, sizeof context);
    SSL_CTX_set_options(tls_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_min_proto_version(tls_.get(), TLS1_VERSION);
    SSL_CTX_set_security_level(tls_.get(), 0);
    SSL_CTX_set_cipher_list(tls_.get(), "ALL:@SECLEVEL=0");
    acceptor_ = std::thread{[this] { accept_all(); }};
}

scripted_server::~scripted_server() {
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        for (auto& [fd, thread] : peers_)
            if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
    }
    changed_.notify_all();
    acceptor_.join();
    for (auto& [fd, thread] : peers_) thread.join();
    for (const int fd : spare_) ::close(fd);
    ::close(listener_);
}

void scripted_server::take_little() {
    const int room = 4096, segment = 536;  // small segments keep the sender's buffer small as well
    ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    ::setsockopt(listener_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
}

void scripted_server::reserve(int descriptors) {
    const std::lock_guard lock{mutex_};
    for (int i = 0; i < descriptors; ++i) spare_.push_back(::dup(listener_));
}

void scripted_server::accept_all() {
    for (;;) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0 && errno == EMFILE) {  // a test takes the descriptors away
            const std::lock_guard lock{mutex_};
            if (ending_) return;
            if (!spare_.empty()) {
                ::close(spare_.back());
                spare_.pop_back();
            }
            continue;
        }
        const std::lock_guard lock{mutex_};
        if (fd < 0 || ending_) {
            if (fd >= 0) ::close(fd);
            return;
        }
        // An ended thread keeps its stack until it is joined: hundreds of them are more than 32 bits can address.
        std::erase_if(peers_, [](auto& ended) {
            if (ended.first >= 0) return false;
            ended.second.join();
            return true;
        });
        const int number = ++connections;
        auto& connected = peers_.emplace_back(fd, std::thread{});
        connected.second = std::thread{[this, fd, number, &connected] {
            {
                peer client{*this, fd};
                client.number_ = number;
                // OpenSSL's own socket BIO writes without MSG_NOSIGNAL; this thread alone blocks what that raises.
                sigset_t pipe;
                sigemptyset(&pipe);
                sigaddset(&pipe, SIGPIPE);
                pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
                run_(client);
            }
            const std::lock_guard relock{mutex_};
            ::close(fd);
            connected.first = -1;
        }};
    }
}

std::string scripted_server::url(const std::string& scheme, const std::string& host, const std::string& path) const {
    return scheme + "://" + host + ":" + std::to_string(port_) + path;
}

void scripted_server::reached() {
    {
        const std::lock_guard lock{mutex_};
        ++reached_;
    }
    changed_.notify_all();
}

bool scripted_server::wait_reached(int times) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 10s, [&] { return reached_ >= times; });
}

std::string reply_text(std::string_view body, std::string_view status, std::string_view headers) {
    std::string text = "HTTP/1.1 ";
    text.append(status).append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
    return text.append(headers).append("\r\n").append(body);
}

full_listener::full_listener(std::uint16_t port, const char* on)
    : port_{port}, listener_{listen_on_loopback(port_, 0, on)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, on, &address.sin_addr);
    address_ = address.sin_addr.s_addr;
    address.sin_port = htons(port_);
    const auto end = std::chrono::steady_clock::now() + 10s;
    for (int i = 0; i < 16; ++i) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        fillers_.push_back(fd);
        (void)::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
        // A connection is in the queue when the listener says so, which may be long after `connect` returned.
        for (;;) {
            const auto [queued, limit] = backlog_of(listener_);
            if (queued > limit) return;
            if (queued > static_cast<unsigned>(i)) break;
            if (std::chrono::steady_clock::now() > end) throw std::runtime_error{"the backlog does not fill"};
            std::this_thread::yield();
        }
    }
    throw std::runtime_error{"the backlog has no end"};
}

full_listener::~full_listener() {
    for (const int fd : fillers_) ::close(fd);
    ::close(listener_);
}

int full_listener::attempts() const {
    std::ifstream table{"/proc/self/net/tcp"};
    char remote[16];
    std::snprintf(remote, sizeof remote, "%08X:%04X", address_, port_);  // as it stands in memory, like the kernel
    int count = 0;
    for (std::string line; std::getline(table, line);) {
        std::istringstream fields{line};
        std::string slot, from, to, state;
        fields >> slot >> from >> to >> state;
        if (state == "02" && to == remote) ++count;  // SYN_SENT
    }
    return count;
}

bool full_listener::wait_for_attempt_of(const std::function<void()>& turn) const {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (attempts() == 0) {
        if (std::chrono::steady_clock::now() > end) return false;
        turn();
    }
    return true;
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    ::close(listen_on_loopback(port, 1));
    return port;
}

}  // namespace lark::test
