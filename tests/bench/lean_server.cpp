// SPDX-License-Identifier: MIT
// The server of the many-at-once benchmark: one thread, OpenSSL, replies made by hand, so that it takes as little of
// the two cores as can be. It knows no more of the protocol than the benchmark needs: each code gets `--pending`
// pending replies and then credentials. Prints its figures when its standard input ends.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct settings {
    std::string certificate;
    std::string key;
    std::chrono::milliseconds delay{0};
    int interval = 5;
    unsigned pending = 2;
};

/// A registration, by the number in its device code.
struct code {
    unsigned polls = 0;
    steady::time_point replied{};  ///< to the last poll
};

struct connection {
    SSL* ssl = nullptr;
    int fd = -1;
    std::uint64_t serial = 0;  ///< distinguishes two connections that had one descriptor after another
    bool shaken = false;
    std::string in;
    std::string out;
    ~connection() {
        SSL_free(ssl);
        close(fd);
    }
};

class server {
public:
    explicit server(settings s) : settings_(std::move(s)) {
        context_ = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(context_, settings_.certificate.c_str()) != 1 ||
            SSL_CTX_use_PrivateKey_file(context_, settings_.key.c_str(), SSL_FILETYPE_PEM) != 1)
            fail("certificate");
        SSL_CTX_set_mode(
            context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
        epoll_ = epoll_create1(0);
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 4096) != 0)
            fail("listen");
        socklen_t size = sizeof address;
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
        watch(STDIN_FILENO, EPOLLIN, EPOLL_CTL_ADD);
        std::printf("{\"event\":\"ready\",\"port\":%d}\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    void run() {
        for (;;) {
            epoll_event events[256];
            const int n = epoll_wait(epoll_, events, 256, wait_ms());
            for (int i = 0; i < n; ++i) {
                const int fd = events[i].data.fd;
                if (fd == STDIN_FILENO) return print();
                if (fd == listener_) accept_all();
                else if (auto* c = find(fd)) serve(*c);
            }
            send_due();
        }
    }

private:
    struct late_reply {
        steady::time_point due;
        int fd;
        std::uint64_t serial;
        std::size_t code;  ///< whose poll it answers, or none
        std::string text;
    };
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    [[noreturn]] static void fail(const char* what) {
        std::perror(what);
        ERR_print_errors_fp(stderr);
        std::exit(1);
    }

    void watch(int fd, std::uint32_t events, int operation) {
        epoll_event e{};
        e.events = events;
        e.data.fd = fd;
        epoll_ctl(epoll_, operation, fd, &e);
    }

    connection* find(int fd) {
        const auto i = static_cast<std::size_t>(fd);
        return i < connections_.size() ? connections_[i].get() : nullptr;
    }

    void accept_all() {
        for (int fd = 0; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
            const int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto c = std::make_unique<connection>();
            c->ssl = SSL_new(context_);
            c->fd = fd;
            c->serial = ++accepted_;
            SSL_set_fd(c->ssl, fd);
            SSL_set_accept_state(c->ssl);
            if (static_cast<std::size_t>(fd) >= connections_.size())
                connections_.resize(static_cast<std::size_t>(fd) + 1);
            connections_[static_cast<std::size_t>(fd)] = std::move(c);
            watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, EPOLL_CTL_ADD);
        }
    }

    void serve(connection& c) {
        if (!c.shaken) {
            const int done = SSL_do_handshake(c.ssl);
            if (done != 1) {
                if (!again(c, done)) drop(c);
                return;
            }
            c.shaken = true;
            ++(SSL_session_reused(c.ssl) ? resumed_ : full_);
        }
        char buffer[16384];
        for (;;) {
            const int n = SSL_read(c.ssl, buffer, sizeof buffer);
            if (n <= 0) {
                if (!again(c, n)) return drop(c);
                break;
            }
            c.in.append(buffer, static_cast<std::size_t>(n));
        }
        while (const auto body = next_request(c)) answer(c, *body);
        flush(c);
    }

    static bool again(connection& c, int result) {
        const int error = SSL_get_error(c.ssl, result);
        ERR_clear_error();
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }

    void drop(connection& c) { connections_[static_cast<std::size_t>(c.fd)].reset(); }

    /// The body of the next whole request, taken out of what has arrived.
    static std::optional<std::string> next_request(connection& c) {
        const auto head = c.in.find("\r\n\r\n");
        if (head == std::string::npos) return {};
        std::size_t length = 0;
        constexpr std::string_view name = "content-length:";
        const auto is_name = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
        const auto at = std::search(c.in.begin(), c.in.begin() + static_cast<std::ptrdiff_t>(head), name.begin(),
                                    name.end(), is_name);
        if (at != c.in.begin() + static_cast<std::ptrdiff_t>(head))
            length = std::strtoul(&*at + name.size(), nullptr, 10);
        if (c.in.size() < head + 4 + length) return {};
        auto body = c.in.substr(head + 4, length);
        c.in.erase(0, head + 4 + length);
        return body;
    }

    void answer(connection& c, std::string_view body) {
        if (++requests_ == 1) first_request_ = steady::now();
        if (body.starts_with("action=init"))
            return reply(c, 200, R"({"nonce":"n","supported_auth_methods":["client_secret"]})", none);
        if (body.starts_with("action=begin")) {
            const auto number = std::to_string(codes_.size());
            codes_.emplace_back();
            return reply(
                c, 200,
                R"({"device_code":"dc)" + number + R"(","expires_in":600,"interval":)" +
                    std::to_string(settings_.interval) + R"(,"user_code":"UC-)" + number +
                    R"(","verification_uri":"https://127.0.0.1/page","verification_uri_complete":"https://127.0.0.1/page?user_code=UC-)" +
                    number + "\"}",
                none);
        }
        std::size_t number = none;
        if (const auto at = body.find("device_code=dc"); at != std::string_view::npos)
            std::from_chars(body.data() + at + 14, body.data() + body.size(), number);
        if (number >= codes_.size()) return reply(c, 400, R"({"error":"invalid_grant"})", none);
        auto& known = codes_[number];
        if (known.polls > 0) late_.push_back(steady::now() - known.replied - std::chrono::seconds{settings_.interval});
        if (known.polls++ < settings_.pending)
            return reply(
                c, 400,
                R"({"error":"authorization_pending","error_description":"The user has not decided yet","code":20094})",
                number);
        const auto text = std::to_string(number);
        reply(c, 200,
              R"({"client_id":"cli_)" + text +
                  R"(","client_secret":"0123456789abcdefghijklmnopqrstuv","user_info":{"open_id":"ou_)" + text +
                  R"(","tenant_brand":"feishu"}})",
              number);
    }

    void reply(connection& c, int status, std::string_view body, std::size_t number) {
        std::string text = status == 200 ? "HTTP/1.1 200 OK" : "HTTP/1.1 400 Bad Request";
        text += "\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n";
        text += body;
        if (settings_.delay == 0ms) return put(c, text, number);
        replies_.push_back({steady::now() + settings_.delay, c.fd, c.serial, number, std::move(text)});
    }

    void put(connection& c, std::string_view text, std::size_t number) {
        if (number != none) codes_[number].replied = steady::now();
        c.out += text;
    }

    void flush(connection& c) {
        while (!c.out.empty()) {
            const int n = SSL_write(c.ssl, c.out.data(), static_cast<int>(c.out.size()));
            if (n <= 0) {
                if (!again(c, n)) drop(c);
                return;
            }
            c.out.erase(0, static_cast<std::size_t>(n));
        }
    }

    [[nodiscard]] int wait_ms() const {
        if (replies_.empty()) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(replies_.front().due - steady::now()).count();
        return static_cast<int>(std::max<long>(left, 0));
    }

    void send_due() {
        while (!replies_.empty() && replies_.front().due <= steady::now()) {
            const auto r = std::move(replies_.front());
            replies_.pop_front();
            auto* c = find(r.fd);
            if (c == nullptr || c->serial != r.serial) continue;
            put(*c, r.text, r.code);
            flush(*c);
        }
    }

    void print() {
        std::sort(late_.begin(), late_.end());
        const auto at = [&](double part) {
            if (late_.empty()) return 0.0;
            const auto i =
                std::min(late_.size() - 1, static_cast<std::size_t>(part * static_cast<double>(late_.size())));
            return std::chrono::duration<double, std::milli>{late_[i]}.count();
        };
        rusage use{};
        getrusage(RUSAGE_SELF, &use);
        const auto cpu = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        std::printf(
            "{\"event\":\"result\",\"requests\":%llu,\"connections\":%llu,\"full_handshakes\":%llu,\"resumed\":%llu,"
            "\"first_request_s\":%.6f,\"late_ms_median\":%.3f,\"late_ms_p99\":%.3f,\"late_ms_max\":%.3f,\"early\":%zu,"
            "\"cpu_s\":%.3f}\n",
            static_cast<unsigned long long>(requests_), static_cast<unsigned long long>(accepted_),
            static_cast<unsigned long long>(full_), static_cast<unsigned long long>(resumed_),
            std::chrono::duration<double>{first_request_.time_since_epoch()}.count(), at(0.5), at(0.99), at(1),
            static_cast<std::size_t>(std::lower_bound(late_.begin(), late_.end(), steady::duration::zero()) -
                                     late_.begin()),
            cpu(use.ru_utime) + cpu(use.ru_stime));
    }

    settings settings_;
    SSL_CTX* context_ = nullptr;
    int epoll_ = -1;
    int listener_ = -1;
    std::vector<std::unique_ptr<connection>> connections_;  // by descriptor
    std::vector<code> codes_;
    std::deque<late_reply> replies_;  // all wait equally long, so the order is that of their times
    std::vector<steady::duration> late_;
    std::uint64_t accepted_ = 0;
    std::uint64_t requests_ = 0;
    steady::time_point first_request_{};  ///< on the clock that all processes share
    std::uint64_t full_ = 0;
    std::uint64_t resumed_ = 0;
};

}  // namespace

/// lean-server CERTIFICATE KEY DELAY_MS INTERVAL_S PENDING
int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: %s CERTIFICATE KEY DELAY_MS INTERVAL_S PENDING\n", argv[0]);
        return 2;
    }
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    server{{argv[1], argv[2], std::chrono::milliseconds{std::atoi(argv[3])}, std::atoi(argv[4]),
            static_cast<unsigned>(std::atoi(argv[5]))}}
        .run();
}
