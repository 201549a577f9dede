// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/poco/http_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace lark::poco {

/// How an event loop keeps its connections.
struct event_loop_options {
    /// Connections to any one host, idle ones included. At least 1. To all hosts together, half of the descriptors that the
    /// process may have (`RLIMIT_NOFILE`, read where the loop is made), and three quarters of those to any one host: raise the
    /// usual limit of 1024 first for thousands at once.
    ///
    /// Requests beyond are refused by `has_room`: a `flow_set` keeps them back, and their timeouts have not started then. Those
    /// of a handler that does not ask wait for a connection within their own timeouts. A process that has no descriptor left
    /// waits in the same way, as long as a connection is there to wait for.
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

/// The event-loop half of the seam over Poco: any number of requests at once, on one thread.
///
///     lark::poco::event_loop client{http};
///     lark::injected::flow_set set{client};
///     set.add(handlers, options);
///     while (!set.empty()) client.run_once();
///
/// Connections are kept for each host and used again most recently used first, each checked before; few are opened at a time,
/// and TLS sessions are resumed, so a burst of requests to one host costs few handshakes. What `http_client` says of
/// verification, redirects, requests sent once more, and name resolution holds here too.
///
/// Threads: all members on one thread at a time, but for `wake`.
class LARK_EXPORT event_loop : public injected::runnable_event_loop {
public:
    /// Throws `registration::invalid_option`, and `std::system_error` if there are no descriptors left.
    explicit event_loop(const http_options& http = {}, event_loop_options options = {});
    ~event_loop() override;

    /// See `runnable_event_loop`. Waits at most until the timer's deadline (5 s after a suspend). Throws `std::system_error`
    /// too, if the kernel refuses to wait.
    void run_once() override;

    /// Counters; takes time by the number of hosts, which are few.
    [[nodiscard]] event_loop_stats stats() const noexcept;

    void wake() noexcept override;

    void start_request(injected::request_handle id,
                       http_request request) override;  ///< throws `std::invalid_argument` as `http_client::send`
    void abandon_request(injected::request_handle id) noexcept override;
    /// True if there is an idle connection for the request, or if one may be opened: see `event_loop_options`; eight are opened
    /// at a time to a host, and four before its first reply. A host that cannot be reached has room for 250 ms after a
    /// failure, and all requests to it fail with that failure: those that were kept back would meet it one by one.
    [[nodiscard]] bool has_room(std::string_view origin) noexcept override;
    void arm_timer(time_point deadline) override;
    void disarm_timer() override;

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace lark::poco
