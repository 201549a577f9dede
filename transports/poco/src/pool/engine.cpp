// SPDX-License-Identifier: MIT
#include "pool/engine.hpp"

#include "wire/openssl_errors.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lark::poco::detail {
namespace {

using namespace std::chrono_literals;

/// The kernel's wait does not count a suspend of the machine, so a long one is made of pieces.
constexpr wire_clock::duration longest_wait = 5s;

/// Up to the next millisecond: the kernel would cut the rest off, and the loop spin through it.
std::chrono::milliseconds time_until(wire_time deadline) {
    const auto now = wire_clock::now();
    if (deadline <= now) return 0ms;
    return std::chrono::ceil<std::chrono::milliseconds>(std::min(deadline - now, longest_wait));
}

}  // namespace

engine::engine(std::shared_ptr<const client_config> config, const event_loop_options& options, resolver names)
    : inbox_{std::make_shared<event_inbox>()}, pool_{std::move(config), options, watched_, inbox_, std::move(names)} {
    watched_.add(inbox_->flag().fd(), {true, false});
}

engine::~engine() = default;

void engine::start(injected::request_handle id, const http_request& request) {
    pool_.start(id, request, wire_clock::now());
}

void engine::abandon(injected::request_handle id) noexcept {
    const openssl_errors kept;
    pool_.abandon(id);
}

void engine::turn(wire_time until) {
    const openssl_errors kept;
    pool_.pump(wire_clock::now());
    const auto ready = watched_.wait(time_until(std::min(until, pool_.deadline())));
    const auto now = wire_clock::now();
    for (const int fd : ready) {
        if (fd != inbox_->flag().fd()) {
            pool_.handle_event(fd, now);
            continue;
        }
        inbox_->seen();
        pool_.handle_resolved(now);
    }
    pool_.handle_time(now);
    pool_.pump(now);
}

bool engine::has_room(std::string_view origin) noexcept { return pool_.has_room(origin, wire_clock::now()); }

std::optional<exchange_pool::result> engine::take_result() {
    auto& results = pool_.results();
    if (results.empty()) return std::nullopt;
    auto first = std::move(results.front());
    results.pop_front();
    return first;
}

}  // namespace lark::poco::detail
