// SPDX-License-Identifier: MIT
#pragma once

#include "os/sockets.hpp"
#include "pool/event_inbox.hpp"
#include "pool/exchange_supply.hpp"
#include "wire/connection.hpp"

#include <lark/injected/event_loop.hpp>
#include <lark/poco/event_loop_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lark::poco::detail {

/// A request, from its start to its result.
struct exchange {
    using result = std::pair<injected::request_handle, http_result>;

    injected::request_handle id{};
    exchange_host* to = nullptr;
    exchange_slot* on = nullptr;  ///< null while it waits
    prepared_request request;
    wire_time deadline{};
    wire_time connect_deadline{};  ///< of the resolution, while it waits for one
    bool sent_before = false;      ///< is sent once more, and not on a kept connection
    bool has_timer = false;        ///< for the time while it waits
    bool waits = false;            ///< for a connection
    std::list<result> end{};  ///< the room for its result, made beforehand: a result is not lost for want of memory
};

/// A time, and the slot, exchange or host that it concerns, by number. That one may have been destroyed since, or have
/// a later time.
struct exchange_timer {
    enum class whose { slot, exchange, host };

    wire_time at{};
    whose of = whose::slot;
    std::uint64_t number = 0;  ///< of the slot or host, or the handle of the exchange

    friend bool operator>(const exchange_timer& a, const exchange_timer& b) noexcept { return a.at > b.at; }
};

/// The earliest at the top; entries that are out of date stay until their time comes.
using exchange_timers = std::priority_queue<exchange_timer, std::vector<exchange_timer>, std::greater<>>;

/// All exchanges of an event loop: which request runs on which connection, and which wait. `handle_*` take in what has
/// happened, then `pump` starts what can start. Neither calls the user's code; the results are taken out by the caller.
///
/// exchange_pool.cpp has the exchanges, exchange_supply.cpp the connections that they get and how many more there may
/// be.
class exchange_pool {
public:
    exchange_pool(std::shared_ptr<const client_config> config, const event_loop_options& options, socket_poll& watched,
                  std::shared_ptr<event_inbox> inbox, resolver names = resolver{});
    ~exchange_pool();
    exchange_pool(const exchange_pool&) = delete;
    exchange_pool& operator=(const exchange_pool&) = delete;

    /// Throws `std::invalid_argument`.
    void start(injected::request_handle id, const http_request& request, wire_time now);
    void abandon(injected::request_handle id) noexcept;

    /// After `std::bad_alloc` out of one of the next four: their changes may be half done. All requests fail, and all
    /// connections are closed.
    void fail_all() noexcept;

    void handle_event(int fd, wire_time now);
    void handle_resolved(wire_time now);
    void handle_time(wire_time now);
    void pump(wire_time now);

    /// A request to `origin` (`scheme://host[:port]`) that is started now has its connection, or is getting it. After
    /// false, `take_room` says once when it is worth asking again.
    [[nodiscard]] bool has_room(std::string_view origin, wire_time now) noexcept;
    [[nodiscard]] bool take_room() noexcept { return std::exchange(room_, false); }

    /// When to call `handle_time` at the latest; in the past if there is something to do at once.
    [[nodiscard]] wire_time deadline() const;
    [[nodiscard]] std::list<exchange::result>& results() noexcept { return results_; }
    [[nodiscard]] event_loop_stats stats() const noexcept;

private:
    using host = exchange_host;
    using slot = exchange_slot;
    using whose = exchange_timer::whose;

    /// Where the last request went: nearly always there again, and a URL takes longer to take apart than to compare.
    struct destination {
        std::string url;
        target to;
        host* at = nullptr;
    };

    // Exchanges.
    [[nodiscard]] const destination& destination_of(const std::string& url);
    [[nodiscard]] exchange* find(injected::request_handle id);
    void assign(slot& on, exchange& work, wire_time now);
    void drive(slot& one, wire_time now);
    void advance(slot& one, wire_time now);
    void replied(slot& one, wire_time now);
    void failed(slot& one, const transport_failure& why, wire_time now);
    void opened(slot& one);
    void exchange_time(injected::request_handle id, wire_time now);
    void slot_time(slot& one, wire_time now);
    void finish(exchange& done, http_result end) noexcept;
    void set_waits(exchange& work, bool waits) noexcept;
    void fail_waiting(host& to, const transport_failure& why);
    void host_failed(host& to, const transport_failure& why, wire_time now);
    [[nodiscard]] transport_failure waited_in_vain(const host& to) const;

    // Supply.
    [[nodiscard]] host& host_of(const endpoint& where);
    void serve(host& to, wire_time now);
    [[nodiscard]] exchange* first_of(std::deque<injected::request_handle>& queue);
    void bound_the_wait(std::deque<injected::request_handle>& queue);
    [[nodiscard]] slot* take_idle(host& to, wire_time now);
    [[nodiscard]] bool may_open(host& to, wire_time now);
    [[nodiscard]] bool close_an_idle_one() noexcept;
    void open(host& to, exchange& first, wire_time now);
    void resolve(host& to, wire_time now);
    void drop(slot& one) noexcept;
    void mark(host& to) noexcept;
    void serve_at(host& to, wire_time at);
    void watch(slot& one, const connection_step& how);
    void unwatch(slot& one) noexcept;
    void arm(slot& one, wire_time at);

    // Room.
    [[nodiscard]] bool has_room(const host& to, wire_time now) const noexcept;
    [[nodiscard]] std::size_t may_be_opened(const host& to, wire_time now) const noexcept;
    void look_for_room(wire_time now);

    std::shared_ptr<const client_config> config_;
    const connection_limits limits_;
    const wire_clock::duration idle_time_;
    socket_poll& watched_;
    std::shared_ptr<event_inbox> inbox_;
    resolver resolver_;
    std::map<endpoint, host*> by_endpoint_;
    std::map<std::string, host*, std::less<>> by_origin_;
    std::vector<std::unique_ptr<host>> hosts_;  // by number; they stay for good
    std::unordered_map<std::uint64_t, std::unique_ptr<slot>> slots_;
    std::unordered_map<int, slot*> by_descriptor_;
    std::unordered_map<std::uint64_t, std::unique_ptr<exchange>> exchanges_;
    exchange_timers timers_;
    destination last_;
    std::vector<host*> to_serve_;          // each of these three has room for all hosts
    std::vector<host*> out_of_places_;     // they are served when a connection is closed
    std::vector<host*> refused_;           // by `has_room`
    bool refused_unknown_ = false;         // a host to which there has been no request
    bool room_ = false;                    // for one that was refused
    std::size_t idle_ = 0;                 // connections, to all hosts
    std::size_t waits_ = 0;                // requests, to all hosts
    std::vector<std::uint64_t> to_drive_;  // slots that have more to read than one turn takes
    std::list<exchange::result> results_;
    std::uint64_t last_slot_ = 0;
    std::uint64_t handshakes_full_ = 0;
    std::uint64_t handshakes_resumed_ = 0;
    wire_time no_descriptors_until_ = wire_time::min();  // no descriptors left: open nothing before
};

}  // namespace lark::poco::detail
