// SPDX-License-Identifier: MIT
// The connections that exchanges get, and the hosts that they lead to.
#pragma once

#include "os/resolver.hpp"
#include "os/sockets.hpp"
#include "wire/connection.hpp"

#include <lark/http.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/poco/event_loop_options.hpp>

#include <Poco/Net/SocketAddress.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace lark::poco::detail {

struct exchange;
struct exchange_host;

/// Connections on their way to one host at a time. A burst then finds those that are ready, instead of a handshake
/// each; a slow service gets as many as it needs all the same, one after the other.
inline constexpr std::size_t most_opening = 8;

/// Connections to a host of which no reply has been seen yet, for a while: the first reply brings the session with
/// which all others are spared a full handshake.
inline constexpr std::size_t most_unknown = 4;

/// How many connections there may be. Half of the descriptors that the process may have: the others are its user's. A
/// host that hangs leaves a quarter of them to the others.
struct connection_limits {
    std::size_t in_all = 1;
    std::size_t to_a_host = 1;

    [[nodiscard]] static connection_limits of(const event_loop_options& options) noexcept;
};

/// A connection, and what it does.
struct exchange_slot {
    std::uint64_t number = 0;
    exchange_host* to = nullptr;
    exchange* work = nullptr;  ///< null while idle
    std::unique_ptr<connection> wire;
    int watched = -1;  ///< its descriptor
    socket_poll::interest mode;
    bool opening = true;
    wire_time timer = wire_time::max();  ///< the earliest of its entries in the heap
    wire_time idle_until = wire_time::max();
};

/// How long an idle connection to one host may be used again. A server, or a device on the path, that cut a connection
/// after it had been idle for a time is not trusted with that long again.
class idle_limit {
public:
    [[nodiscard]] wire_clock::duration trusted() const noexcept { return trusted_; }

    /// A request was lost on a connection that had been idle for so long.
    void lost_after(wire_clock::duration idle) noexcept {
        trusted_ = std::min(trusted_, std::max<wire_clock::duration>(idle - keep_alive_margin, shortest));
    }

private:
    // A restart of the server cuts all connections, those too that were idle for a moment only. They say nothing about
    // a limit.
    static constexpr auto shortest = std::chrono::milliseconds{500};

    wire_clock::duration trusted_ = wire_clock::duration::max();
};

/// A host: its connections, its addresses, and the requests that wait for it.
struct exchange_host {
    endpoint where;
    std::uint64_t number = 0;
    std::vector<exchange_slot*> idle;              ///< the most recently used one at the end
    std::deque<injected::request_handle> waiting;  ///< for any connection
    std::deque<injected::request_handle> again;    ///< for a fresh one
    std::size_t waits = 0;                         ///< requests in the two, without those that were abandoned
    std::size_t connections = 0;
    std::size_t opening = 0;
    bool resolving = false;
    bool just_resolved = false;  ///< until it is served
    bool to_serve = false;
    bool out_of_places = false;
    bool refused = false;                      ///< `has_room` said no
    std::optional<transport_failure> failure;  ///< of those that wait, until `fails_until`
    wire_time fails_until = wire_time::min();
    addresses known;
    wire_time known_until = wire_time::min();
    session_ptr session;
    idle_limit limit;
    wire_time unknown_until = wire_time::max();  ///< the past once a reply has come
    wire_time timer = wire_time::max();          ///< the earliest of its entries in the heap

    void learn(addresses found, wire_time good_until);
    /// A connection was made over this address: the next ones try it first, and not one that does not answer.
    void prefer(const Poco::Net::SocketAddress& address);

private:
    std::optional<Poco::Net::SocketAddress> preferred_;
};

}  // namespace lark::poco::detail
