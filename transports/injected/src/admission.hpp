// SPDX-License-Identifier: MIT
#pragma once

#include "loop_time.hpp"
#include "send_queue.hpp"
#include "start_pacer.hpp"

#include <lark/injected/event_loop.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/time.hpp>

#include <algorithm>
#include <optional>

namespace lark::injected::detail {

/// Decides which registration of a `flow_set` sends its request next, and when: one whose turn it is in the queue, to a host
/// that the loop has room for. A registration that has not begun also waits for the pace of starts.
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
