// SPDX-License-Identifier: MIT
// How long a cancel takes, in each phase of a request and between two requests: from the call until the handle reports
// the end and, where a connection is open, until the peer has seen it close.
#include <lark/poco.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace lark;
using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

class socket_fd {
public:
    explicit socket_fd(int fd) : fd_(fd) {
        if (fd < 0) throw std::runtime_error{"socket"};
    }
    socket_fd(socket_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    socket_fd& operator=(socket_fd&&) = delete;
    ~socket_fd() {
        if (fd_ >= 0) close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

    /// Waits for bytes or the end; false after a second without either.
    [[nodiscard]] bool wait() const {
        pollfd p{fd_, POLLIN, 0};
        return poll(&p, 1, 1000) == 1;
    }
    /// The bytes that have arrived; empty at the end.
    [[nodiscard]] std::string read() const {
        char buffer[8192];
        const auto n = wait() ? recv(fd_, buffer, sizeof buffer, 0) : 0;
        return {buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
    }
    void write(std::string_view text) const {
        if (send(fd_, text.data(), text.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error{"send"};
    }

private:
    int fd_;
};

/// A listening socket on loopback, and its port.
struct listener : socket_fd {
    explicit listener(int backlog) : socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(get(), backlog) != 0 ||
            getsockname(get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error{"listen"};
        port = ntohs(address.sin_port);
    }
    [[nodiscard]] socket_fd accept() const { return socket_fd{wait() ? ::accept(get(), nullptr, nullptr) : -1}; }
    int port = 0;
};

std::string reply(int status, std::string_view body) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string{body};
}

enum class phase {
    connecting,  ///< no accept
    handshake,   ///< accepted, no byte sent
    reply,       ///< the request has been read, no reply sent
    dripping,    ///< half a reply sent
    waiting,     ///< between two polls
};
constexpr phase phases[] = {phase::connecting, phase::handshake, phase::reply, phase::dripping, phase::waiting};

const char* name(phase p) {
    switch (p) {
    case phase::connecting: return "connecting";
    case phase::handshake: return "TLS handshake";
    case phase::reply: return "waiting for a reply";
    case phase::dripping: return "within a reply";
    case phase::waiting: return "between polls";
    }
    return "";
}

/// One cancel, and how long it took.
steady::duration once(poco::registrar& registrar, phase p) {
    const listener server{p == phase::connecting ? 0 : 16};
    std::vector<socket_fd> crowd;  // fills the backlog, so that a further connection is not answered
    if (p == phase::connecting)
        for (int i = 0; i < 2; ++i) {
            auto& s = crowd.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            address.sin_port = htons(static_cast<std::uint16_t>(server.port));
            connect(s.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        }

    registration::options opts{.check_auth_methods = false};
    opts.domain = opts.lark_domain =
        (p == phase::handshake ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(server.port);
    auto handle = registrar.start({.on_qr_code = [](const auto&) {}}, opts);

    std::vector<socket_fd> peer;
    if (p != phase::connecting) {
        peer.push_back(server.accept());
        if (peer[0].read().empty()) throw std::runtime_error{"no request came"};  // or no client hello
    }
    if (p == phase::dripping) peer[0].write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"device_code\":");
    if (p == phase::waiting) {
        peer[0].write(
            reply(200, R"({"device_code":"d","interval":5,"verification_uri_complete":"https://127.0.0.1/"})"));
        if (peer[0].read().empty()) throw std::runtime_error{"no poll came"};
        peer[0].write(reply(400, R"({"error":"authorization_pending"})"));
    }
    usleep(p == phase::connecting || p >= phase::dripping ? 5000 : 500);  // let it get there

    const auto start = steady::now();
    handle.cancel();
    if (handle.wait_for(1s) != std::future_status::ready) throw std::runtime_error{"not over after a second"};
    if (p == phase::handshake || p == phase::reply || p == phase::dripping)
        if (!peer[0].wait() || !peer[0].read().empty()) throw std::runtime_error{"the connection stays"};
    return steady::now() - start;
}

}  // namespace

int main(int argc, char** argv) {
    const int times = argc > 1 ? std::atoi(argv[1]) : 200;
    try {
        poco::registrar registrar;
        for (const auto p : phases) {
            std::vector<double> ms;
            for (int i = 0; i < times; ++i)
                ms.push_back(std::chrono::duration<double, std::milli>{once(registrar, p)}.count());
            std::sort(ms.begin(), ms.end());
            std::printf("{\"phase\":\"%s\",\"n\":%d,\"median_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n", name(p),
                        times, ms[ms.size() / 2], ms[ms.size() * 99 / 100], ms.back());
        }
    } catch (const std::exception& e) {
        std::fprintf(stderr, "cancel-latency: %s\n", e.what());
        return 1;
    }
}
