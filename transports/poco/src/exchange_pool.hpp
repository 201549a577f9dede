#pragma once

#include "connection.hpp"
#include "event_inbox.hpp"
#include "socket_poll.hpp"

#include <lark/injected/event_loop.hpp>
#include <lark/poco/event_client.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lark::poco::detail {

/// All exchanges of an event client: which request runs on which connection, and which wait. Works in two beats: `handle_*`
/// take what has happened, `pump` begins what can be begun. Neither calls anybody; results are taken out.
class exchange_pool {
public:
    using result = std::pair<injected::ticket, http_result>;

    exchange_pool(std::shared_ptr<const settings> config, const event_client_options& options, socket_poll& watched,
                  std::shared_ptr<event_inbox> inbox);
    ~exchange_pool();
    exchange_pool(const exchange_pool&) = delete;
    exchange_pool& operator=(const exchange_pool&) = delete;

    /// Throws `std::invalid_argument`.
    void start(injected::ticket id, const http_request& request, wire_time now);
    void abandon(injected::ticket id) noexcept;

    void handle_event(int fd, wire_time now);
    void handle_resolved(wire_time now);
    void handle_time(wire_time now);
    void pump(wire_time now);

    /// When to call `handle_time` at the latest; in the past if there is something to do at once.
    [[nodiscard]] wire_time deadline() const;
    [[nodiscard]] std::deque<result>& results() noexcept { return results_; }

private:
    struct host;
    struct slot;
    /// A request, from its start to its result.
    struct job {
        injected::ticket id{};
        host* to = nullptr;
        slot* on = nullptr;  // null while it waits
        prepared_request request;
        wire_time deadline{};
        wire_time connect_deadline{};  // of the resolution, while it waits for one
        bool fresh_only = false;       // to be sent once more, not on a kept connection
        bool has_timer = false;        // for the time that it waits
    };
    /// A connection, and what it does.
    struct slot {
        std::uint64_t number = 0;
        host* to = nullptr;
        job* work = nullptr;  // null while idle
        std::unique_ptr<connection> line;
        int watched = -1;  // its descriptor
        socket_poll::interest mode;
        bool opening = true;
        wire_time timer = wire_time::max();  // the earliest of its entries in the heap
        wire_time idle_until = wire_time::max();
    };
    struct host {
        endpoint where;
        std::vector<slot*> idle;  // the most recently used one at the end
        std::deque<injected::ticket> waiting;
        std::size_t connections = 0;
        std::size_t opening = 0;
        bool resolving = false;
        bool to_serve = false;
        addresses way;
        wire_time way_until = wire_time::min();
        session_ptr session;
        wire_time unknown_until = wire_time::max();  // the past once a reply has come
    };
    /// An entry of the heap of deadlines: of a slot by its number, or of a job by its ticket. May be out of date.
    struct timer {
        wire_time at;
        std::uint64_t id;
        bool of_job;
        friend bool operator>(const timer& a, const timer& b) noexcept { return a.at > b.at; }
    };

    [[nodiscard]] host& host_of(const endpoint& where);
    [[nodiscard]] job* find(injected::ticket id);
    void serve(host& to, wire_time now);
    [[nodiscard]] slot* take_idle(host& to);
    void resolve(host& to);
    void open(host& to, job& first, wire_time now);
    void assign(slot& on, job& work, wire_time now);
    void drive(slot& one, wire_time now);
    void replied(slot& one, wire_time now);
    void failed(slot& one, wire_time now);
    void opened(slot& one);
    void watch(slot& one, const progress& how);
    void unwatch(slot& one) noexcept;
    void arm(slot& one, wire_time at);
    void drop(slot& one) noexcept;
    void finish(job& done, http_result end);
    void fail_waiting(host& to, const transport_failure& why);
    void mark(host& to);
    [[nodiscard]] transport_failure waited_in_vain(const host& to) const;

    std::shared_ptr<const settings> config_;
    const std::size_t max_connections_;
    const wire_clock::duration idle_time_;
    socket_poll& watched_;
    std::shared_ptr<event_inbox> inbox_;
    resolver resolver_;
    std::map<endpoint, std::unique_ptr<host>> hosts_;
    std::unordered_map<std::uint64_t, std::unique_ptr<slot>> slots_;
    std::unordered_map<int, slot*> by_descriptor_;
    std::unordered_map<std::uint64_t, std::unique_ptr<job>> jobs_;
    std::priority_queue<timer, std::vector<timer>, std::greater<>> timers_;
    std::vector<host*> to_serve_;
    std::vector<std::uint64_t> to_drive_;  // slots that have more to read than one turn takes
    std::deque<result> results_;
    std::uint64_t last_slot_ = 0;
    wire_time crowded_until_ = wire_time::min();  // no descriptors left: open nothing before
};

}  // namespace lark::poco::detail
