// SPDX-License-Identifier: MIT
#include "loopback_server.hpp"

#include "../../../injected/src/signals_blocked.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>

namespace lark::fake {

namespace {

constexpr std::size_t max_connections = 4096;
constexpr std::size_t max_unread = max_request_head + max_request_body + 4;
constexpr std::chrono::minutes idle_limit{5};
constexpr std::chrono::seconds drain_limit{2};  // for a client to close after we have
constexpr std::chrono::seconds sweep_period{1};
constexpr std::chrono::milliseconds accept_pause{100};

int descriptor(const Poco::Net::Socket& socket) { return socket.impl()->sockfd(); }

}  // namespace

struct loopback_server::connection {
    connection(const Poco::Net::StreamSocket& s, host_role h) : socket(s), host(h) {}

    Poco::Net::StreamSocket socket;
    host_role host;
    std::unique_ptr<tls_session> tls{};
    bool handshake_counted = false;
    std::string in{};                   // said by the client, not yet understood
    std::string out{};                  // to be put on the wire
    std::optional<wire_reply> reply{};  // waits for its time
    bool keep_alive = true;
    bool continued = false;  // 100 Continue has been sent for the request in `in`
    afterwards then = afterwards::keep;
    bool draining = false;  // all is said; what still comes is thrown away
    bool peer_gone = false;
    poco::detail::socket_poll::interest interest{.read = true};
    time_point last_use{};
};

loopback_server::loopback_server(std::uint16_t port, std::uint16_t lark_port, ssl_context context)
    : context_(std::move(context)) {
    const std::array wanted{port, lark_port};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        try {
            listeners_[i].bind(Poco::Net::SocketAddress("127.0.0.1", wanted[i]), true, false);
            listeners_[i].listen(512);
        } catch (const Poco::Exception& e) {
            throw std::runtime_error("cannot listen on 127.0.0.1:" + std::to_string(wanted[i]) + ": " +
                                     e.displayText());
        }
        listeners_[i].setBlocking(false);
        ports_[i] = listeners_[i].address().port();
        // Poco cannot open it so.
        if (::fcntl(descriptor(listeners_[i]), F_SETFD, FD_CLOEXEC) != 0)
            throw std::system_error(errno, std::generic_category(), "fcntl");
        sockets_.add(descriptor(listeners_[i]), {.read = true});
    }
    sockets_.add(end_.fd(), {.read = true});
}

void loopback_server::start(handler handle) {
    handle_ = std::move(handle);
    const injected::detail::signals_blocked inherited;
    thread_ = std::thread([this] { run(); });
}

loopback_server::~loopback_server() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    end_.set();
    thread_.join();
}

wire_counters loopback_server::counters(host_role host) const noexcept {
    const auto& c = counters_[index(host)];
    return {c.connections, c.tls_handshakes, c.requests};
}

time_point loopback_server::now() noexcept { return from_steady(std::chrono::steady_clock::now()); }

void loopback_server::run() {
    while (!stopping_) {
        for (const int fd : sockets_.wait(time_to_wait(now()))) {
            if (const auto found = connections_.find(fd); found != connections_.end()) {
                handle_events(*found->second);
            } else if (fd == descriptor(listeners_[0])) {
                accept(host_role::feishu);
            } else if (fd == descriptor(listeners_[1])) {
                accept(host_role::lark);
            }
        }
        send_due(now());
        drop_idle(now());
    }
}

std::chrono::milliseconds loopback_server::time_to_wait(time_point now) const {
    auto next = std::max(next_sweep_, now);
    if (!due_.empty()) next = std::min(next, std::max(due_.begin()->first, now));
    // A fraction more, so that what is due is due indeed when the wait is over.
    return std::chrono::ceil<std::chrono::milliseconds>(next - now);
}

void loopback_server::accept(host_role host) {
    // Not Poco's call, which leaves the descriptor to be inherited.
    const int accepted = ::accept4(descriptor(listeners_[index(host)]), nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) {
        if (poco::detail::out_of_descriptors(errno) || errno == ENOMEM) pause_accepting();
        return;
    }
    Poco::Net::StreamSocket socket(new Poco::Net::StreamSocketImpl(accepted));
    ++counters_[index(host)].connections;
    if (connections_.size() >= max_connections) return;
    try {
        socket.setBlocking(false);
        socket.setNoDelay(true);
        auto c = std::make_unique<connection>(socket, host);
        c->last_use = now();
        if (context_) c->tls = std::make_unique<tls_session>(context_.get());
        sockets_.add(accepted, c->interest);
        connections_.emplace(accepted, std::move(c));
    } catch (const Poco::Exception&) {
        // The client has closed the connection already.
    } catch (const std::system_error&) {
        // No room for one more; closing the connection says so.
    }
}

void loopback_server::pause_accepting() {
    // There are no descriptors left, and the listeners would stay ready.
    if (accept_again_) return;
    for (const auto& l : listeners_) sockets_.remove(descriptor(l));
    accept_again_ = now() + accept_pause;
    next_sweep_ = std::min(next_sweep_, *accept_again_);
}

void loopback_server::handle_events(connection& c) {
    if (!read(c)) return drop(c);
    answer(c);
    // A client that talks on while it should listen is not listened to for ever.
    if (!write(c) || c.in.size() > max_unread) return drop(c);
    update_interest(c);
}

bool loopback_server::read(connection& c) {
    std::array<char, 16 * 1024> buffer;
    while (!c.peer_gone && (c.draining || c.in.size() <= max_unread)) {
        int size = 0;
        try {
            size = c.socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
        } catch (const Poco::Exception&) {
            return false;
        }
        if (size < 0) return true;
        c.last_use = now();
        if (size == 0) {
            c.peer_gone = true;
            break;
        }
        if (c.draining) continue;
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
        if (!c.tls) {
            c.in += bytes;
            continue;
        }
        if (!c.tls->receive(bytes, c.in, c.out)) c.peer_gone = true;
        if (c.tls->established() && !c.handshake_counted) {
            c.handshake_counted = true;
            ++counters_[index(c.host)].tls_handshakes;
        }
    }
    return true;
}

void loopback_server::answer(connection& c) {
    while (!c.reply && !c.draining && c.then == afterwards::keep && !c.in.empty()) {
        auto taken = take_request(c.in);
        if (const auto* more = std::get_if<need_more>(&taken)) {
            if (more->expects_continue && !c.continued) {
                c.continued = true;
                c.reply = wire_reply{"HTTP/1.1 100 Continue\r\n\r\n", {}, afterwards::keep};
                c.keep_alive = true;
                send_reply(c);
            }
            return;
        }
        c.continued = false;
        if (auto* refusal = std::get_if<wire_reply>(&taken)) {
            c.reply = std::move(*refusal);
        } else {
            ++counters_[index(c.host)].requests;
            const auto& request = std::get<wire_request>(taken);
            c.keep_alive = request.keep_alive;
            c.reply = handle_(c.host, request);
        }
        if (c.reply->delay > duration::zero()) {
            due_.emplace(saturating_add(now(), c.reply->delay), descriptor(c.socket));
            return;
        }
        send_reply(c);
    }
}

void loopback_server::send_reply(connection& c) {
    const auto reply = std::move(*c.reply);
    c.reply.reset();
    c.then = reply.then;
    if (c.then == afterwards::keep && !c.keep_alive) c.then = afterwards::close;
    if (!c.tls) {
        c.out += reply.bytes;
    } else if (!c.tls->send(reply.bytes, c.out)) {
        c.then = afterwards::cut;
    }
    if (c.then == afterwards::close && c.tls) c.tls->close(c.out);
    c.last_use = now();
}

bool loopback_server::write(connection& c) {
    try {
        while (!c.out.empty()) {
            const auto sent = poco::detail::send_some(descriptor(c.socket), c.out.data(), c.out.size());
            if (sent < 0) return poco::detail::would_block(poco::detail::error_of(sent));
            c.out.erase(0, static_cast<std::size_t>(sent));
        }
        if (c.peer_gone || c.then == afterwards::cut) return false;
        if (c.then == afterwards::close && !c.draining) {
            // Closing with bytes unread would reset the connection and could cost the client our reply.
            c.draining = true;
            c.socket.shutdownSend();
        }
    } catch (const Poco::Exception&) {
        return false;
    }
    return true;
}

void loopback_server::update_interest(connection& c) {
    const poco::detail::socket_poll::interest wanted{.read = !c.peer_gone, .write = !c.out.empty()};
    if (wanted == c.interest) return;
    c.interest = wanted;
    sockets_.update(descriptor(c.socket), wanted);
}

void loopback_server::drop(connection& c) {
    const int fd = descriptor(c.socket);
    std::erase_if(due_, [&](const auto& entry) { return entry.second == fd; });
    sockets_.remove(fd);
    connections_.erase(fd);
}

void loopback_server::send_due(time_point now) {
    while (!due_.empty() && due_.begin()->first <= now) {
        auto& c = *connections_.at(due_.begin()->second);
        due_.erase(due_.begin());
        send_reply(c);
        handle_events(c);  // another request may have come in the meantime
    }
}

void loopback_server::drop_idle(time_point now) {
    if (accept_again_ && *accept_again_ <= now) {
        accept_again_.reset();
        for (const auto& l : listeners_) sockets_.add(descriptor(l), {.read = true});
    }
    if (now < next_sweep_) return;
    next_sweep_ = now + sweep_period;
    std::vector<connection*> idle;
    for (const auto& [fd, c] : connections_) {
        const bool waits_on_us = c->reply || c->then == afterwards::hold;
        if (!waits_on_us && now - c->last_use > (c->draining ? duration(drain_limit) : duration(idle_limit)))
            idle.push_back(c.get());
    }
    for (auto* c : idle) drop(*c);
}

}  // namespace lark::fake
