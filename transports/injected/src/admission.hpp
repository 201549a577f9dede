// SPDX-License-Identifier: MIT
// Which registration of a `flow_set` sends its request next, and when: the queue, the pace of starts, and the two
// together.
#pragma once

#include "fifo.hpp"
#include "loop_time.hpp"

#include <lark/injected/event_loop.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
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
/// Each host has one line for each urgency. A line with waiters whose host has a free place is in a ring; the first
/// line of the ring sends one request and moves to the end. A host that the loop has no room for is held: its lines
/// leave the rings until all hosts are released. Every step takes constant time, however many hosts and waiters there
/// are; adding and removing a host takes logarithmic time.
class send_queue {
public:
    send_queue(std::size_t places, std::size_t places_per_host) noexcept
        : places_(places), places_per_host_(places_per_host) {}
    send_queue(const send_queue&) = delete;
    send_queue& operator=(const send_queue&) = delete;
    ~send_queue();

    /// The host of a URL. Valid between `add_user` and the last `remove_user`.
    [[nodiscard]] host& host_of(std::string_view url);
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

/// Spreads the starts of registrations over time: so many a second, where a few milliseconds' worth may come at once.
/// (The virtual scheduling form of a leaky bucket: only the time at which the next start would be regular is kept.)
///
/// A slow service lowers the rate. A start takes a place for three replies on end (init, begin, the first poll), so
/// with replies after T, P places are full of starts at P / 3T a second; half of that leaves the other half to polls,
/// and lets those come evenly later.
class start_pacer {
public:
    static constexpr duration burst = std::chrono::milliseconds{5};
    /// Taken for T until a reply has come.
    static constexpr duration first_guess = std::chrono::seconds{1};

    /// `per_second` 0: no limit, whatever the service. `now` is the time from which starts are allowed. A start that
    /// comes up to `slack` late does not hold up the next one.
    start_pacer(unsigned per_second, std::size_t places, time_point now, duration slack = duration::zero()) noexcept
        : shortest_(per_second == 0 ? duration::zero() : duration{std::chrono::seconds{1}} / per_second),
          places_(static_cast<duration::rep>(std::min<std::size_t>(places, 1'000'000))),
          step_(step_for(first_guess)),
          slack_(slack),
          regular_(now) {}

    /// When the next start may be made; may lie in the past.
    [[nodiscard]] time_point next() const noexcept {
        return step_ > burst ? regular_ : saturating_add(regular_, step_ - burst);
    }

    [[nodiscard]] bool allows(time_point now) const noexcept { return now >= next(); }

    /// A start was made at `now`, which `allows` it.
    void count(time_point now) noexcept {
        regular_ = saturating_add(std::max(regular_, saturating_add(now, -slack_)), step_);
    }

    /// A reply came at `now`, after `took`.
    void learn(duration took, time_point now) noexcept {
        constexpr duration longest = std::chrono::minutes{1};
        took = std::clamp(took, duration::zero(), longest);
        reply_time_ = reply_time_ ? *reply_time_ + (took - *reply_time_) / 16 : took;
        step_ = step_for(*reply_time_);
        regular_ = std::min(regular_, saturating_add(now, std::max(step_, burst)));  // a former step may have been long
    }

private:
    [[nodiscard]] duration step_for(duration reply_time) const noexcept {
        return shortest_ == duration::zero() ? shortest_ : std::max(shortest_, 6 * reply_time / places_);
    }

    duration shortest_;
    duration::rep places_;
    duration step_;
    duration slack_;
    time_point regular_;
    std::optional<duration> reply_time_;  // averaged, the latest replies counting most
};

/// Decides which registration of a `flow_set` sends its request next, and when: one whose turn it is in the queue, to a
/// host that the loop has room for. A registration that has not begun also waits for the pace of starts.
class admission {
public:
    admission(event_loop& loop, const flow_set_options& options, loop_clock& clock)
        : queue(options.max_requests, options.max_requests_per_host),
          loop_(loop),
          clock_(clock),
          pacer_(options.max_starts_per_second, std::min(options.max_requests, options.max_requests_per_host),
                 clock.now, options.timer_slack) {}

    send_queue queue;

    /// Takes the next one out of the queue, with a place of its host; null if none may send.
    [[nodiscard]] waiter* next() {
        if (loop_has_room(urgency::due)) return queue.pop(urgency::due);
        if (!queue.can_pop(urgency::start)) return nullptr;
        clock_.read();
        if (!pacer_.allows(clock_.now) || !loop_has_room(urgency::start)) return nullptr;
        pacer_.count(clock_.now);
        return queue.pop(urgency::start);
    }

    /// When the next one may send; nothing if that is not a matter of time.
    [[nodiscard]] std::optional<time_point> next_at() const {
        if (queue.can_pop(urgency::due)) return clock_.now;
        if (queue.can_pop(urgency::start)) return std::max(pacer_.next(), clock_.now);
        return {};
    }

    /// A reply has come, after `took`: a slow service lowers the pace of starts.
    void learn(duration took) noexcept { pacer_.learn(took, clock_.now); }

private:
    /// Whether the next of these can be sent. Hosts that the loop refuses wait until it has room again.
    bool loop_has_room(urgency u) {
        for (auto* next = queue.next(u); next != nullptr; next = queue.next(u)) {
            if (loop_.has_room(next->origin())) return true;
            queue.hold(*next);
        }
        return false;
    }

    event_loop& loop_;
    loop_clock& clock_;
    start_pacer pacer_;
};

}  // namespace lark::injected::detail
