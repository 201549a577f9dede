// SPDX-License-Identifier: MIT
#pragma once

#include "../../../poco/src/os/event_flag.hpp"
#include "../../../poco/src/os/sockets.hpp"
#include "certificate.hpp"
#include "tls_session.hpp"
#include "wire_message.hpp"

#include <lark/fake/sandbox.hpp>

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>

namespace lark::fake {

/// An HTTP/1.1 server on 127.0.0.1 with two ports and one thread, on which every request is answered in turn.
///
/// One thread and non-blocking sockets rather than a library's server with a thread a connection: replies that are
/// late, broken off or never sent cost nothing while they wait, and the end of the server ends every connection at
/// once. The thread blocks all signals, and all descriptors are close-on-exec: the process belongs to the caller.
class loopback_server {
public:
    /// Runs on the server's thread. Must not throw.
    using handler = std::function<wire_reply(host_role, const wire_request&)>;

    /// Takes the ports, without serving yet; `context` null: HTTP. Throws `std::runtime_error` if a port cannot be had.
    loopback_server(std::uint16_t port, std::uint16_t lark_port, ssl_context context);
    loopback_server(const loopback_server&) = delete;
    loopback_server& operator=(const loopback_server&) = delete;
    ~loopback_server();

    /// Serves from now to the end. Once only.
    void start(handler handle);

    [[nodiscard]] std::uint16_t port(host_role host) const noexcept { return ports_[index(host)]; }
    [[nodiscard]] wire_counters counters(host_role host) const noexcept;

    [[nodiscard]] static time_point now() noexcept;

private:
    struct connection;
    struct atomic_counters {
        std::atomic<std::uint64_t> connections{0};
        std::atomic<std::uint64_t> tls_handshakes{0};
        std::atomic<std::uint64_t> requests{0};
    };
    static std::size_t index(host_role host) noexcept { return static_cast<std::size_t>(host); }

    void run();
    void accept(host_role host);
    void pause_accepting();
    void handle_events(connection& c);
    bool read(connection& c);
    void answer(connection& c);
    void send_reply(connection& c);
    bool write(connection& c);
    void update_interest(connection& c);
    void drop(connection& c);
    void send_due(time_point now);
    void drop_idle(time_point now);
    [[nodiscard]] std::chrono::milliseconds time_to_wait(time_point now) const;

    handler handle_;
    ssl_context context_;
    std::array<Poco::Net::ServerSocket, 2> listeners_;
    std::array<std::uint16_t, 2> ports_{};
    std::array<atomic_counters, 2> counters_;
    poco::detail::event_flag end_;
    poco::detail::socket_poll sockets_;
    std::unordered_map<int, std::unique_ptr<connection>> connections_;  // by their descriptors
    std::multimap<time_point, int> due_;                                // replies that wait for their time
    time_point next_sweep_{};
    std::optional<time_point> accept_again_{};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace lark::fake
