// SPDX-License-Identifier: MIT
#include <lark/poco/event_loop.hpp>

#include "pool/exchange_pool.hpp"
#include "wire/openssl_errors.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

namespace lark::poco {
namespace {

using namespace detail;
using namespace std::chrono_literals;

/// The kernel's wait does not count a suspend of the machine, so a long one is made of pieces.
constexpr wire_clock::duration longest_wait = 5s;

const event_loop_options& checked(const event_loop_options& options) {
    using registration::invalid_option;
    if (options.max_connections_per_host == 0) throw invalid_option{"max_connections_per_host", "must be at least 1"};
    if (options.idle_time <= 0ms || options.idle_time > 1h)
        throw invalid_option{"idle_time", "must be greater than zero and at most one hour"};
    return options;
}

}  // namespace

class event_loop::implementation {
public:
    implementation(const http_options& http, const event_loop_options& options)
        : inbox_{std::make_shared<event_inbox>()}, pool_{make_settings(http), checked(options), watched_, inbox_} {
        watched_.add(inbox_->flag().fd(), {true, false});
    }

    void run_once(event_loop& loop) {
        turn(loop);
        // One by one: what the handler throws must not take the others along.
        for (auto& results = pool_.results(); !results.empty();) {
            auto [id, result] = std::move(results.front());
            results.pop_front();
            loop.deliver(id, std::move(result));
        }
        if (timer_ && *timer_ <= loop.now()) {
            timer_.reset();
            loop.timer_expired();
        }
    }

    [[nodiscard]] exchange_pool& pool() noexcept { return pool_; }
    [[nodiscard]] event_loop_stats stats() const noexcept { return pool_.stats(); }
    [[nodiscard]] event_inbox& inbox() noexcept { return *inbox_; }
    void set_timer(std::optional<time_point> deadline) noexcept { timer_ = deadline; }

private:
    void turn(event_loop& loop) {
        const openssl_errors kept;
        pool_.pump(wire_clock::now());
        const auto ready = wait(loop);
        const auto now = wire_clock::now();
        for (const int fd : ready) {
            if (fd == inbox_->flag().fd()) inbox_->seen();
            else pool_.handle_event(fd, now);
        }
        pool_.handle_resolved(now);
        pool_.handle_time(now);
        pool_.pump(now);
    }

    std::span<const int> wait(event_loop& loop) {
        const auto now = wire_clock::now();
        auto left =
            std::min(longest_wait, pool_.deadline() <= now ? wire_clock::duration::zero() : pool_.deadline() - now);
        if (timer_) left = std::min<wire_clock::duration>(left, saturating_sub(*timer_, loop.now()));
        // Up to the next millisecond: the kernel would cut the rest off, and the loop spin through it.
        return watched_.wait(
            std::chrono::ceil<std::chrono::milliseconds>(std::max(left, wire_clock::duration::zero())));
    }

    std::shared_ptr<event_inbox> inbox_;
    socket_poll watched_;
    exchange_pool pool_;
    std::optional<time_point> timer_;
};

event_loop::event_loop(const http_options& http, event_loop_options options)
    : implementation_{std::make_unique<implementation>(http, options)} {}

event_loop::~event_loop() {
    const openssl_errors kept;
    implementation_.reset();
}

void event_loop::run_once() { implementation_->run_once(*this); }

event_loop_stats event_loop::stats() const noexcept { return implementation_->stats(); }

void event_loop::wake() noexcept { implementation_->inbox().wake(); }

void event_loop::start_request(injected::request_handle id, http_request request) {
    implementation_->pool().start(id, request, wire_clock::now());
}

void event_loop::abandon_request(injected::request_handle id) noexcept {
    const openssl_errors kept;
    implementation_->pool().abandon(id);
}

void event_loop::arm_timer(time_point deadline) { implementation_->set_timer(deadline); }

void event_loop::disarm_timer() { implementation_->set_timer(std::nullopt); }

}  // namespace lark::poco
