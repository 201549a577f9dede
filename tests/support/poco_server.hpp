// SPDX-License-Identifier: MIT
#pragma once

#include "poco_certificates.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// A server on loopback with a function of the test for every connection: real sockets, real TLS, any misbehaviour.
namespace lark::test {

class scripted_server;

/// A record of TLS 1.2 as it goes over the wire, without encryption.
[[nodiscard]] std::string tls_record(char type, std::string_view content);

/// One accepted connection, used by its script's thread. All calls end soon once the server is destroyed.
class peer {
public:
    peer(scripted_server& server, int fd) : server_{server}, fd_{fd} {}
    ~peer();
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    /// The server's end of TLS, after `prepare` has changed it. False if the handshake fails.
    bool start_tls(const identity& who, int max_version = 0, const std::function<void(SSL*)>& prepare = {});
    /// Head and body of the next request; empty at the end of the stream.
    std::string read_request();
    /// The bytes up to and including `end`; those so far if the stream ends.
    std::string read_until(std::string_view end);
    bool write(std::string_view bytes);
    /// Equal TLS messages that are not application data, in one piece of at least so many bytes.
    bool write_messages(const std::function<int(SSL*)>& one, std::size_t bytes);
    /// Until the client has closed.
    void wait_for_close();
    /// Ends TLS orderly, if there is one, then the connection.
    void close();
    /// Ends it with RST.
    void reset();
    /// Waits for the end of the server, `time` at most. True if the server still runs.
    bool pause(std::chrono::milliseconds time);

    scripted_server& server() noexcept { return server_; }
    [[nodiscard]] SSL* tls() noexcept { return ssl_; }
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    friend class scripted_server;
    int receive(char* into, int size);
    bool send_all(std::string_view bytes);

    scripted_server& server_;
    int fd_;
    int number_ = 0;  // of the connection, from 1
    SSL* ssl_ = nullptr;
    std::string unread_;
};

class scripted_server {
public:
    using script = std::function<void(peer&)>;

    explicit scripted_server(script run);
    ~scripted_server();
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// `https://<host>:<port><path>`
    [[nodiscard]] std::string url(const std::string& scheme, const std::string& host = "127.0.0.1",
                                  const std::string& path = "/") const;

    std::atomic<int> connections{0};
    std::atomic<int> full_handshakes{0};
    std::atomic<int> resumed_handshakes{0};
    std::atomic<int> requests{0};

    /// Connections from now on have a small receive buffer: data sent to them does not fit until they read.
    void take_little();

    /// Sets descriptors aside, to accept connections when the process has none left.
    void reserve(int descriptors);

    /// A script reports its progress; a test waits for it (false after 10 s).
    void reached();
    bool wait_reached(int times = 1);

private:
    friend class peer;
    void accept_all();

    script run_;
    std::uint16_t port_ = 0;  // set with the listener
    int listener_ = -1;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ending_ = false;
    int reached_ = 0;
    std::list<std::pair<int, std::thread>> peers_;
    std::vector<int> spare_;
    std::shared_ptr<SSL_CTX> tls_;
    std::thread acceptor_;
};

/// `Content-Length` reply with that body.
[[nodiscard]] std::string reply_text(std::string_view body, std::string_view status = "200 OK",
                                     std::string_view headers = {});

/// A listener on loopback whose backlog is full: the next connection stays in SYN_SENT.
class full_listener {
public:
    full_listener() : full_listener(0) {}
    /// On this port, of another address of loopback.
    explicit full_listener(std::uint16_t port, const char* address = "127.0.0.1");
    ~full_listener();
    full_listener(const full_listener&) = delete;
    full_listener& operator=(const full_listener&) = delete;
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Waits until a connection to it is in SYN_SENT, which those that fill it are not (false after 10 s).
    [[nodiscard]] bool wait_for_attempt() const {
        return wait_for_attempt_of([] {});
    }
    /// The same, for an attempt that `turn` makes.
    [[nodiscard]] bool wait_for_attempt_of(const std::function<void()>& turn) const;

private:
    [[nodiscard]] int attempts() const;
    std::uint16_t port_ = 0;     // set with the listener
    std::uint32_t address_ = 0;  // in network order
    int listener_;
    std::list<int> fillers_;
};

/// A port of loopback without a listener.
[[nodiscard]] std::uint16_t closed_port();

}  // namespace lark::test
