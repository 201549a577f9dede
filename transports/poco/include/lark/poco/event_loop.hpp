// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/poco/event_loop_options.hpp>
#include <lark/poco/http_options.hpp>

#include <memory>
#include <string_view>

namespace lark::poco {

namespace detail {
struct client_config;
class resolver;
}  // namespace detail

/// The event-loop half of the seam over Poco: any number of requests at once, on one thread.
///
///     lark::poco::event_loop client{http};
///     lark::injected::flow_set set{client};
///     set.add(handlers, options);
///     while (!set.empty()) client.run_once();
///
/// Connections are kept for each host and used again most recently used first, each checked before; few are opened at a
/// time, and TLS sessions are resumed, so a burst of requests to one host costs few handshakes. What `http_client` says
/// of verification, redirects, requests sent once more, and name resolution holds here too.
///
/// Threads: all members on one thread at a time, but for `wake`.
class LARK_EXPORT event_loop : public injected::runnable_event_loop {
public:
    /// Throws `registration::invalid_option`, and `std::system_error` if there are no descriptors left.
    explicit event_loop(const http_options& http = {}, event_loop_options options = {});
    ~event_loop() override;

    /// See `runnable_event_loop`. Waits at most until the timer's deadline (5 s after a suspend). Throws
    /// `std::system_error` too, if the kernel refuses to wait. If memory runs out in a turn, all requests that are out
    /// fail with kind `connect` or `cut`, which is retryable, and all connections are closed.
    void run_once() override;

    /// Counters; takes time by the number of hosts, which are few.
    [[nodiscard]] event_loop_stats stats() const noexcept;

    void wake() noexcept override;

    void start_request(injected::request_handle id,
                       http_request request) override;  ///< throws `std::invalid_argument` as `http_client::send`
    void abandon_request(injected::request_handle id) noexcept override;
    /// True if there is an idle connection for the request, or if one may be opened: see `event_loop_options`; eight
    /// are opened at a time to a host, and four before its first reply. A host that cannot be reached has room for 250
    /// ms after a failure, and all requests to it fail with that failure: those that were kept back would meet it one
    /// by one.
    [[nodiscard]] bool has_room(std::string_view origin) noexcept override;
    void arm_timer(time_point deadline) override;
    void disarm_timer() override;

private:
    friend class http_client;
    /// One of the loops of a client, which share settings and resolver.
    event_loop(std::shared_ptr<const detail::client_config> config, const detail::resolver& names);

    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace lark::poco
