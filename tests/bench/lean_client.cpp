// SPDX-License-Identifier: MIT
// The floor of the many-at-once benchmark: as many exchanges at the same pace, with OpenSSL and epoll and nothing else.
// No library, no protocol: it sends prepared requests, and counts any answer as the reply.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int connections = 8;
constexpr std::chrono::milliseconds turn{8};  // so that there are a thousand exchanges a second

const std::string request =
    "POST /oauth/v1/app/registration HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: lean-client\r\nAccept: "
    "application/json\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\naction=init";

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    ERR_print_errors_fp(stderr);
    std::exit(1);
}

SSL* connect_to(int port, SSL_CTX* context) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) != 1) fail("handshake");
    return ssl;
}

double cpu_seconds() {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace

/// lean-client PORT EXCHANGES
int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s PORT EXCHANGES\n", argv[0]);
        return 2;
    }
    const int wanted = std::atoi(argv[2]);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    const int epoll = epoll_create1(0);
    std::vector<SSL*> lines;
    for (int i = 0; i < connections; ++i) {
        lines.push_back(connect_to(std::atoi(argv[1]), context));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = lines.back();
        epoll_ctl(epoll, EPOLL_CTL_ADD, SSL_get_fd(lines.back()), &event);
    }
    auto next = std::chrono::steady_clock::now();
    int done = 0;
    const double before = cpu_seconds();
    while (done < wanted) {
        std::this_thread::sleep_until(next += turn);
        for (auto* line : lines)
            if (SSL_write(line, request.data(), static_cast<int>(request.size())) <= 0) fail("write");
        for (int missing = connections; missing > 0;) {
            epoll_event events[connections];
            const int ready = epoll_wait(epoll, events, connections, -1);
            for (int i = 0; i < ready; ++i) {
                char reply[4096];
                if (SSL_read(static_cast<SSL*>(events[i].data.ptr), reply, sizeof reply) <= 0) fail("read");
                --missing;
                ++done;
            }
        }
    }
    std::printf("{\"event\":\"result\",\"exchanges\":%d,\"cpu_s\":%.3f}\n", done, cpu_seconds() - before);
}
