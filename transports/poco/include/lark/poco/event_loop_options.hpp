// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lark::poco {

/// How an event loop keeps its connections.
struct event_loop_options {
    /// Connections to any one host, idle ones included. At least 1. To all hosts together, half of the descriptors that
    /// the process may have (`RLIMIT_NOFILE`, read where the loop is made), and three quarters of those to any one
    /// host: raise the usual limit of 1024 first for thousands at once.
    ///
    /// Requests beyond are refused by `has_room`: a `flow_set` keeps them back, and their timeouts have not started
    /// then. Those of a handler that does not ask wait for a connection within their own timeouts. A process that has
    /// no descriptor left waits in the same way, as long as a connection is there to wait for.
    std::size_t max_connections_per_host = 3072;

    /// How long an idle connection is kept. Greater than zero, up to one hour. Less if the server announces less
    /// (`Keep-Alive: timeout`, less a second), or has cut an idle connection sooner.
    std::chrono::milliseconds idle_time{60'000};
};

/// Counters of an event loop.
struct event_loop_stats {
    std::size_t open = 0;                  ///< connections that are there, those that carry a request and idle ones
    std::size_t opening = 0;               ///< connections that are made: connect, CONNECT, TLS handshake
    std::size_t idle = 0;                  ///< of those open
    std::size_t waiting = 0;               ///< requests that wait for a connection or for the resolver
    std::size_t resolving = 0;             ///< hosts whose name is asked for
    std::uint64_t handshakes_full = 0;     ///< TLS, since the loop was made
    std::uint64_t handshakes_resumed = 0;  ///< TLS with a session of before, since the loop was made

    friend bool operator==(const event_loop_stats&, const event_loop_stats&) = default;
};

}  // namespace lark::poco
