// SPDX-License-Identifier: MIT
// A turn of the loop: waits for sockets and for the wake-up by other threads, takes in what has happened, and delivers
// what has ended.
#include <lark/poco/event_loop.hpp>

#include "os/sockets.hpp"
#include "pool/event_inbox.hpp"
#include "pool/exchange_pool.hpp"
#include "wire/openssl_errors.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace lark::poco {
namespace {

using namespace detail;
using namespace std::chrono_literals;

const event_loop_options& checked(const event_loop_options& options) {
    using registration::invalid_option;
    if (options.max_connections_per_host == 0) throw invalid_option{"max_connections_per_host", "must be at least 1"};
    if (options.idle_time <= 0ms || options.idle_time > 1h)
        throw invalid_option{"idle_time", "must be greater than zero and at most one hour"};
    return options;
}

/// As the pool's deadlines want it. Up to the next millisecond: the kernel would cut the rest off, and the loop spin
/// through it.
std::chrono::milliseconds wait_for(wire_time deadline) {
    const auto now = wire_clock::now();
    if (deadline <= now) return 0ms;
    return std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
}

}  // namespace

class event_loop::implementation {
public:
    implementation(std::shared_ptr<const client_config> config, const event_loop_options& options, resolver names)
        : pool_{std::move(config), options, watched_, inbox_, std::move(names)} {
        watched_.add(wake_up_, {true, false});
    }

    void run_once(event_loop& loop) {
        try {
            take_in(loop);
        } catch (const std::bad_alloc&) {
            pool_.fail_all();
        }
        // One by one: what the handler throws must not take the others along.
        for (auto& results = pool_.results(); !results.empty();) {
            auto [id, result] = std::move(results.front());
            results.pop_front();
            loop.deliver(id, std::move(result));
        }
        if (pool_.take_room()) loop.room_freed();
        if (timer_ && *timer_ <= loop.now()) {
            timer_.reset();
            loop.timer_expired();
        }
    }

    void wake() noexcept { inbox_->wake(); }

    [[nodiscard]] exchange_pool& exchanges() noexcept { return pool_; }
    void set_timer(std::optional<time_point> deadline) noexcept { timer_ = deadline; }

private:
    /// Waits until something happens, at most until the timer's deadline, and takes in all that has happened.
    void take_in(event_loop& loop) {
        const openssl_errors kept;
        pool_.pump(wire_clock::now());
        const auto ready =
            watched_.wait(std::min(wait_for(pool_.deadline()), loop.time_until(timer_.value_or(time_point::max()))));
        const auto now = wire_clock::now();
        for (const int fd : ready) {
            if (fd != wake_up_) {
                pool_.handle_event(fd, now);
                continue;
            }
            inbox_->seen();
            pool_.handle_resolved(now);
        }
        pool_.handle_time(now);
        pool_.pump(now);
    }

    const std::shared_ptr<event_inbox> inbox_ = std::make_shared<event_inbox>();
    const int wake_up_ = inbox_->flag().fd();
    socket_poll watched_;
    exchange_pool pool_;
    std::optional<time_point> timer_;
};

event_loop::event_loop(const http_options& http, event_loop_options options)
    : implementation_{std::make_unique<implementation>(make_client_config(http), checked(options), resolver{})} {}

event_loop::event_loop(std::shared_ptr<const client_config> config, const resolver& names)
    : implementation_{std::make_unique<implementation>(std::move(config), event_loop_options{}, names)} {}

event_loop::~event_loop() {
    const openssl_errors kept;
    implementation_.reset();
}

void event_loop::run_once() { implementation_->run_once(*this); }

event_loop_stats event_loop::stats() const noexcept { return implementation_->exchanges().stats(); }

void event_loop::wake() noexcept { implementation_->wake(); }

void event_loop::start_request(injected::request_handle id, http_request request) {
    implementation_->exchanges().start(id, request, wire_clock::now());
}

void event_loop::abandon_request(injected::request_handle id) noexcept {
    const openssl_errors kept;
    implementation_->exchanges().abandon(id);
}

bool event_loop::has_room(std::string_view origin) noexcept {
    return implementation_->exchanges().has_room(origin, wire_clock::now());
}

void event_loop::arm_timer(time_point deadline) { implementation_->set_timer(deadline); }

void event_loop::disarm_timer() { implementation_->set_timer(std::nullopt); }

}  // namespace lark::poco
