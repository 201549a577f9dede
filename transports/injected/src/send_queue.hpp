// SPDX-License-Identifier: MIT
#pragma once

#include "fifo.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace lark::injected::detail {

class host;

/// Base of an element that waits for its turn to send.
struct waiter : fifo_element<waiter> {};

/// Why an element waits, in the order of service.
enum class urgency {
    due,    ///< a poll, or another request of a begun registration: the user waits, or the service expects it now
    start,  ///< a registration not begun yet
};

/// Decides which waiter sends next: places, in all and for each host, and turns between hosts.
///
/// Each host has one line for each urgency. A line with waiters whose host has a free place is in a ring; the first line of
/// the ring sends one request and moves to the end. A host that the loop has no room for is held: its lines leave the rings
/// until all hosts are released. Every step takes constant time, however many hosts and waiters there
/// are; adding and removing a host takes logarithmic time.
class send_queue {
public:
    send_queue(std::size_t places, std::size_t places_per_host) noexcept
        : places_(places), places_per_host_(places_per_host) {}
    send_queue(const send_queue&) = delete;
    send_queue& operator=(const send_queue&) = delete;
    ~send_queue();

    /// The host of a URL. Valid between `add_user` and the last `remove_user`.
    [[nodiscard]] host& host_of(std::string_view domain);
    void add_user(host& h) noexcept;
    void remove_user(host& h) noexcept;

    void push(waiter& w, host& at, urgency u) noexcept;
    /// Takes a waiter out, if it is here.
    void remove(waiter& w, host& at) noexcept;

    /// The next waiter to send, which takes a place of its host; null without a waiter or a free place.
    [[nodiscard]] waiter* pop(urgency u) noexcept;
    [[nodiscard]] bool can_pop(urgency u) const noexcept;
    /// The host of that waiter; null if there is none.
    [[nodiscard]] host* next(urgency u) const noexcept;
    /// Its waiters are not popped until `release_held`.
    void hold(host& h) noexcept;
    void release_held() noexcept;
    /// Gives a place back.
    void release(host& at) noexcept;

    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::size_t waiting(urgency u) const noexcept {
        return u == urgency::start ? starts_ : waiting_ - starts_;
    }
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
    std::size_t starts_ = 0;  // of those
    std::map<std::string, host, std::less<>> hosts_;
    fifo<line> due_;
    fifo<line> start_;
    fifo<host> held_;
};

class host : public fifo_element<host> {
public:
    host() noexcept { due_.of = start_.of = this; }
    host(const host&) = delete;
    host& operator=(const host&) = delete;

    /// `scheme://host[:port]`
    [[nodiscard]] const std::string& origin() const noexcept { return *origin_; }

private:
    friend class send_queue;
    [[nodiscard]] send_queue::line& line_of(urgency u) noexcept { return u == urgency::due ? due_ : start_; }

    send_queue::line due_;
    send_queue::line start_;
    const std::string* origin_ = nullptr;  // its key in the queue
    std::size_t in_flight_ = 0;
    std::size_t users_ = 0;
};

}  // namespace lark::injected::detail
