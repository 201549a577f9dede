#pragma once

#include "fifo.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace lark::injected::detail {

class host;

/// What waits for its turn to send.
struct waiter : fifo_element<waiter> {};

/// Why it waits, in the order in which they are served.
enum class urgency {
    due,    ///< a poll, or what else continues a registration: the user waits, or the service expects it now
    start,  ///< a registration not begun yet
};

/// Which waiter may send next: places, in all and for each host, and turns between hosts.
///
/// Each host has one line for each urgency. The lines in which somebody waits while the host has a free place stand in a
/// ring; the first of the ring sends one request and goes to its end. So every step takes the same time, however many
/// hosts and waiters there are.
class send_queue {
public:
    send_queue(std::size_t places, std::size_t places_per_host) noexcept
        : places_(places), places_per_host_(places_per_host) {}
    send_queue(const send_queue&) = delete;
    send_queue& operator=(const send_queue&) = delete;
    ~send_queue();

    /// The host of a URL without path; a `/` at the end does not matter. To be used between `add_user` and `remove_user`.
    [[nodiscard]] host& host_of(std::string_view origin);
    void add_user(host& h) noexcept;
    void remove_user(host& h) noexcept;

    void push(waiter& w, host& at, urgency u) noexcept;
    /// Takes a waiter out, if it is here.
    void remove(waiter& w, host& at) noexcept;

    /// The next one to send, which takes a place of its host; null if nobody waits or no place is free.
    [[nodiscard]] waiter* pop(urgency u) noexcept;
    [[nodiscard]] bool can_pop(urgency u) const noexcept;
    /// Gives a place back.
    void release(host& at) noexcept;

    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }

    struct line : fifo_element<line> {
        host* of = nullptr;
        fifo<waiter> waiters;
    };

private:
    void update(host& h) noexcept;
    [[nodiscard]] fifo<line>& ring(urgency u) noexcept { return u == urgency::due ? due_ : start_; }

    std::size_t places_;
    std::size_t places_per_host_;
    std::size_t in_flight_ = 0;
    std::size_t waiting_ = 0;
    std::map<std::string, host, std::less<>> hosts_;
    fifo<line> due_;
    fifo<line> start_;
};

class host {
public:
    host() noexcept { due_.of = start_.of = this; }
    host(const host&) = delete;
    host& operator=(const host&) = delete;

private:
    friend class send_queue;
    [[nodiscard]] send_queue::line& line_of(urgency u) noexcept { return u == urgency::due ? due_ : start_; }

    send_queue::line due_;
    send_queue::line start_;
    std::size_t in_flight_ = 0;
    std::size_t users_ = 0;
};

}  // namespace lark::injected::detail
