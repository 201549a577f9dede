// SPDX-License-Identifier: MIT
#include <lark/poco/event_loop.hpp>

#include "pool/engine.hpp"
#include "wire/openssl_errors.hpp"

#include <lark/time.hpp>

#include <algorithm>
#include <chrono>
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

}  // namespace

class event_loop::implementation {
public:
    implementation(const http_options& http, const event_loop_options& options)
        : engine_{make_client_config(http), checked(options)} {}

    void run_once(event_loop& loop) {
        engine_.turn(timer_ ? on_the_wire(*timer_, loop.now()) : wire_time::max());
        // One by one: what the handler throws must not take the others along.
        while (auto one = engine_.take_result()) loop.deliver(one->first, std::move(one->second));
        if (engine_.take_room()) loop.room_freed();
        if (timer_ && *timer_ <= loop.now()) {
            timer_.reset();
            loop.timer_expired();
        }
    }

    [[nodiscard]] engine& exchanges() noexcept { return engine_; }
    [[nodiscard]] const engine& exchanges() const noexcept { return engine_; }
    void set_timer(std::optional<time_point> deadline) noexcept { timer_ = deadline; }

private:
    /// The timer's clock counts the sleep of the machine, and the engine's may not.
    static wire_time on_the_wire(time_point deadline, time_point now) {
        return wire_clock::now() + std::clamp<wire_clock::duration>(saturating_sub(deadline, now), 0s, 1h);
    }

    engine engine_;
    std::optional<time_point> timer_;
};

event_loop::event_loop(const http_options& http, event_loop_options options)
    : implementation_{std::make_unique<implementation>(http, options)} {}

event_loop::~event_loop() {
    const openssl_errors kept;
    implementation_.reset();
}

void event_loop::run_once() { implementation_->run_once(*this); }

event_loop_stats event_loop::stats() const noexcept { return implementation_->exchanges().stats(); }

void event_loop::wake() noexcept { implementation_->exchanges().wake(); }

void event_loop::start_request(injected::request_handle id, http_request request) {
    implementation_->exchanges().start(id, request);
}

void event_loop::abandon_request(injected::request_handle id) noexcept { implementation_->exchanges().abandon(id); }

bool event_loop::has_room(std::string_view origin) noexcept { return implementation_->exchanges().has_room(origin); }

void event_loop::arm_timer(time_point deadline) { implementation_->set_timer(deadline); }

void event_loop::disarm_timer() { implementation_->set_timer(std::nullopt); }

}  // namespace lark::poco
