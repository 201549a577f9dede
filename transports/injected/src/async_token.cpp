// SPDX-License-Identifier: MIT
#include "async_token.hpp"

#include <lark/injected/client_drain.hpp>

#include "async_feed.hpp"
#include "client_parts.hpp"

#include <utility>

namespace lark::injected::detail {

using namespace open_platform;

async_token::async_token(event_loop& loop, loop_clock& clock, token_flow flow, const client_options& options)
    : loop_(loop), clock_(clock), options_(options), flow_(std::move(flow)) {}

void async_token::close() noexcept {
    closed_ = true;
    abandon();
}

void async_token::abandon() noexcept {
    if (in_flight_ != request_handle{}) loop_.abandon_request(std::exchange(in_flight_, request_handle{}));
}

// --- the calls that wait ---------------------------------------------------------------------------------------------

void async_token::ask(async_call& c) {
    if (c.waiter != waiter_id{}) return;
    changed_ = true;
    c.waiter = flow_.ask(clock_.now);
    waiting_.emplace(c.waiter, &c);
}

void async_token::stop_waiting(async_call& c) noexcept {
    if (c.waiter == waiter_id{}) return;
    changed_ = true;
    flow_.drop(c.waiter);
    waiting_.erase(std::exchange(c.waiter, waiter_id{}));
}

void async_token::reject(token_id refused) noexcept {
    changed_ = true;
    flow_.reject(refused);
}

// --- feed ------------------------------------------------------------------------------------------------------------

bool async_token::is_in_flight(request_handle id) const noexcept { return id != request_handle{} && id == in_flight_; }

void async_token::feed(request_id id, const http_result& answer) {
    changed_ = true;
    try {
        feed_answer(flow_, id, clock_.now, answer);
    } catch (...) {  // the flow is as it was, and would wait for the answer
        flow_.handle_interrupted(id, clock_.now);
        throw;
    }
    trace(options_, flow_, latest_, clock_.now, &answer);
}

void async_token::feed_time() {
    deadline_.reset();
    changed_ = true;
    flow_.handle_time(clock_.now);
    trace(options_, flow_, latest_, clock_.now, nullptr);
}

void async_token::room_freed() noexcept {
    if (std::exchange(held_, false)) changed_ = true;
}

// --- drain and perform -----------------------------------------------------------------------------------------------

auto async_token::take_output() -> performed {
    if (flow_.wants_to_send()) {
        held_ = held_ || !loop_.has_room(origin_of(flow_.url()));
        if (held_) {
            rest_until({});
            return {};
        }
    }
    clock_.read();
    return std::visit([this](const auto& output) { return perform(output); }, flow_.poll_output(clock_.now));
}

template <class Outcome>
auto async_token::end_wait(const Outcome& how) -> performed {
    const auto found = waiting_.find(how.who);
    if (found == waiting_.end()) return {};
    auto& c = *found->second;
    waiting_.erase(found);
    c.waiter = {};
    return wait_over{c, how};
}

auto async_token::perform(const abandon_request&) noexcept -> performed {
    abandon();
    return {};
}

auto async_token::perform(const need_assertion& need) -> performed {
    const auto id = need.request_id;
    try {
        auto made = ask_provider(options_, need.audience);
        if (closed_) return {};
        clock_.read();
        detail::feed(flow_, id, clock_.now, std::move(made));
    } catch (...) {
        flow_.handle_interrupted(id, clock_.now);
        throw;
    }
    return {};
}

auto async_token::perform(const send_token_request& request) -> performed {
    const auto id = request.request_id;
    in_flight_ = request_handle{++requests_ << 32 | not_a_slot};
    latest_.sent_at = clock_.now;
    try {
        answer_.assign(1, {call_id{}, id, {}});
        loop_.start_request(in_flight_, to_http_request(request));
    } catch (...) {
        if (in_flight_ == request_handle{}) return {};  // it was answered from within: that counts
        in_flight_ = {};
        flow_.handle_interrupted(id, clock_.now);
        throw;
    }
    return {};
}

auto async_token::perform(const wait_until& wait) noexcept -> performed {
    rest_until(wait.deadline);
    return {};
}

auto async_token::perform(const idle&) noexcept -> performed {
    rest_until({});
    return {};
}

void async_token::rest_until(std::optional<time_point> deadline) noexcept {
    deadline_ = deadline;
    changed_ = false;
}

}  // namespace lark::injected::detail
