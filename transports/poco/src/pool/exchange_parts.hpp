// SPDX-License-Identifier: MIT
#pragma once

#include "os/socket_poll.hpp"
#include "wire/connection.hpp"
#include "wire/keep_alive.hpp"

#include <lark/injected/event_loop.hpp>
#include <lark/poco/event_loop_options.hpp>

#include <Poco/Net/SocketAddress.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

/// The parts of an `exchange_pool`: requests, connections, hosts, and a heap of times.
namespace lark::poco::detail {

struct exchange_host;
struct exchange_slot;

/// Connections on their way to one host at a time. A burst then finds those that are ready, instead of a handshake each; a
/// slow service gets as many as it needs all the same, one after the other.
inline constexpr std::size_t most_opening = 8;

/// Connections to a host of which no reply has been seen yet, for a while: the first reply brings the session with which all
/// others are spared a full handshake.
inline constexpr std::size_t most_unknown = 4;

/// How many connections there may be. Half of the descriptors that the process may have: the others are its user's. A host that
/// hangs leaves a quarter of them to the others.
struct connection_limits {
    std::size_t in_all = 1;
    std::size_t to_a_host = 1;

    [[nodiscard]] static connection_limits of(const event_loop_options& options) noexcept;
};

/// A request, from its start to its result.
struct exchange {
    injected::request_handle id{};
    exchange_host* to = nullptr;
    exchange_slot* on = nullptr;  ///< null while it waits
    prepared_request request;
    wire_time deadline{};
    wire_time connect_deadline{};  ///< of the resolution, while it waits for one
    bool sent_before = false;      ///< is sent once more, and not on a kept connection
    bool has_timer = false;        ///< for the time while it waits
    bool waits = false;            ///< for a connection
};

/// A connection, and what it does.
struct exchange_slot {
    std::uint64_t number = 0;
    exchange_host* to = nullptr;
    exchange* work = nullptr;  ///< null while idle
    std::unique_ptr<connection> line;
    int watched = -1;  ///< its descriptor
    socket_poll::interest mode;
    bool opening = true;
    wire_time timer = wire_time::max();  ///< the earliest of its entries in the heap
    wire_time idle_until = wire_time::max();
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
    /// A connection came about over this address: the next ones begin with it, and not with one that swallows packets.
    void prefer(const Poco::Net::SocketAddress& address);

private:
    std::optional<Poco::Net::SocketAddress> preferred_;
};

/// A time, and the slot, exchange or host that it concerns, by number. That one may have been destroyed since, or have a
/// later time.
struct exchange_timer {
    enum class whose { slot, exchange, host };

    wire_time at{};
    whose of = whose::slot;
    std::uint64_t number = 0;  ///< of the slot or host, or the handle of the exchange

    friend bool operator>(const exchange_timer& a, const exchange_timer& b) noexcept { return a.at > b.at; }
};

/// The earliest at the top; entries that are out of date stay until their time comes.
using exchange_timers = std::priority_queue<exchange_timer, std::vector<exchange_timer>, std::greater<>>;

}  // namespace lark::poco::detail
