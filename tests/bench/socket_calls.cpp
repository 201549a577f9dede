// SPDX-License-Identifier: MIT
// The cost of a call of Poco beside the system call in its place, over loopback. docs/internals/poco-transport.md
// says which of the two the transport makes.
#include <Poco/Exception.h>
#include <Poco/Net/PollSet.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace {

using Poco::Net::PollSet;
using Poco::Net::Socket;

struct adopted : Poco::Net::StreamSocket {
    explicit adopted(int fd) : StreamSocket{new Poco::Net::StreamSocketImpl{fd}} {}
};

int new_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

/// For one of so many calls.
template <class Function>
double nanoseconds(int calls, Function&& call) {
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    for (int i = 0; i < calls; ++i) call();
    return std::chrono::duration<double, std::nano>(clock::now() - begin).count() / calls;
}

/// The fastest of several rounds, in turns, so that other load on the machine affects both.
template <class System, class OfPoco>
void compare(const std::string& what, int calls, System&& system, OfPoco&& of_poco) {
    auto theirs = std::numeric_limits<double>::max(), pocos = theirs;
    for (int round = 0; round < 20; ++round) {
        theirs = std::min(theirs, nanoseconds(calls, system));
        pocos = std::min(pocos, nanoseconds(calls, of_poco));
    }
    std::printf("{\"call\":\"%s\",\"system_ns\":%.0f,\"poco_ns\":%.0f}\n", what.c_str(), theirs, pocos);
}

void connect_once(Poco::Net::ServerSocket& server, bool by_poco) {
    const auto to = server.address();
    const int fd = new_socket();
    adopted made{fd};
    if (by_poco) made.connectNB(to);
    else static_cast<void>(::connect(fd, to.addr(), to.length()));
    const auto accepted = server.acceptConnection();
    made.setLinger(true, 0);  // or the ports would run out
}

void one_socket(Poco::Net::ServerSocket& server) {
    const int fd = new_socket();
    adopted socket{fd};
    socket.connectNB(server.address());
    auto peer = server.acceptConnection();
    std::array<char, 4096> buffer{};
    const int on = 1;
    const auto drain = [&] { static_cast<void>(peer.receiveBytes(buffer.data(), 300)); };
    compare(
        "read, nothing there", 20'000, [&] { static_cast<void>(::recv(fd, buffer.data(), buffer.size(), 0)); },
        [&] { static_cast<void>(socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()))); });
    compare(
        "write 300 bytes, and read them", 5'000,
        [&] {
            static_cast<void>(::send(fd, buffer.data(), 300, MSG_NOSIGNAL));
            drain();
        },
        [&] {
            static_cast<void>(socket.sendBytes(buffer.data(), 300, MSG_NOSIGNAL));
            drain();
        });
    compare(
        "set TCP_NODELAY", 20'000, [&] { ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); },
        [&] { socket.setNoDelay(true); });
    compare(
        "poll one socket", 5'000,
        [&] {
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, 0);
        },
        [&] {
            static_cast<void>(socket.poll(Poco::Timespan{0, 0}, Socket::SELECT_WRITE));
        });
    compare(
        "connect and accept", 200, [&] { connect_once(server, false); }, [&] { connect_once(server, true); });
}

void many_sockets(Poco::Net::ServerSocket& server, std::size_t count) {
    std::vector<std::pair<Poco::Net::StreamSocket, Poco::Net::StreamSocket>> pairs;
    PollSet poco;
    const int system = ::epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t i = 0; i < count; ++i) {
        Poco::Net::StreamSocket one{server.address()};
        pairs.emplace_back(one, server.acceptConnection());
        poco.add(one, PollSet::POLL_READ);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = static_cast<int>(one.impl()->sockfd());
        ::epoll_ctl(system, EPOLL_CTL_ADD, event.data.fd, &event);
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(count, 32); ++i) pairs[i].second.sendBytes("x", 1);
    std::array<epoll_event, 256> events{};
    compare(
        "wait for " + std::to_string(count) + " sockets", 500,
        [&] { ::epoll_wait(system, events.data(), static_cast<int>(events.size()), 0); },
        [&] {
            static_cast<void>(poco.poll(Poco::Timespan{0, 0}));
        });
    ::close(system);
}

}  // namespace

int main() {
    try {
        Poco::Net::ServerSocket server{Poco::Net::SocketAddress{"127.0.0.1", 0}};
        one_socket(server);
        for (const std::size_t count : {1u, 100u, 400u}) many_sockets(server, count);
    } catch (const Poco::Exception& error) {
        std::fprintf(stderr, "socket-calls: %s\n", error.displayText().c_str());
        return 1;
    }
}
