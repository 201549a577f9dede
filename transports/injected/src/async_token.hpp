// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/injected/drain.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/open_platform/token_flow.hpp>
#include <lark/time.hpp>

#include "async_call.hpp"
#include "loop_time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>

namespace lark::injected::detail {

/// The one token that the calls of an `async_client` share: the calls that wait for it, its request, its deadline and
/// how each wait ends. After an input, its outputs are taken one by one until `has_output` says no.
///
/// An exception that comes out of `feed`, `feed_time` or `take_output` concerns all calls that wait; to end them is up
/// to the caller.
class async_token {
public:
    /// The wait of `call` is over. The views in `how` are valid until the next input or output.
    struct wait_over {
        async_call& call;
        std::variant<open_platform::token_granted, open_platform::token_refused> how;
    };

    /// All but `flow` is kept by reference.
    async_token(event_loop& loop, loop_clock& clock, open_platform::token_flow flow,
                const open_platform::client_options& options);
    async_token(const async_token&) = delete;
    async_token& operator=(const async_token&) = delete;
    ~async_token() = default;

    /// Abandons its request. The loop is not used after it.
    void close() noexcept;

    /// `c` waits until its wait is over or it leaves. Without effect if it waits already.
    void ask(async_call& c);
    void stop_waiting(async_call& c) noexcept;              ///< `c` does not wait any more, if it did
    void reject(open_platform::token_id refused) noexcept;  ///< the service refuses that token

    [[nodiscard]] bool is_in_flight(request_handle id) const noexcept;  ///< whether that is its request
    /// The loop has answered its request: the room for that answer, which was made with the request.
    [[nodiscard]] arrived_results<call_id> take_answer() noexcept {
        in_flight_ = {};
        return std::exchange(answer_, {});
    }
    void feed(open_platform::request_id id, const http_result& answer);

    [[nodiscard]] std::optional<time_point> deadline() const noexcept { return deadline_; }  ///< of `feed_time`
    [[nodiscard]] bool is_due() const noexcept { return deadline_ && *deadline_ <= clock_.now; }
    void feed_time();

    /// The loop may have room again for its request.
    void room_freed() noexcept;

    [[nodiscard]] bool has_output() const noexcept { return changed_; }
    /// Performs the next output, unless that is the end of a wait.
    std::optional<wait_over> take_output();

    /// For the secrets that must not stand in a text.
    [[nodiscard]] const open_platform::token_flow& flow() const noexcept { return flow_; }

private:
    using performed = std::optional<wait_over>;
    performed perform(const open_platform::token_granted& granted) { return end_wait(granted); }
    performed perform(const open_platform::token_refused& refused) { return end_wait(refused); }
    performed perform(const open_platform::abandon_request&) noexcept;
    performed perform(const open_platform::need_assertion& need);
    performed perform(const open_platform::send_token_request& request);
    performed perform(const open_platform::wait_until& wait) noexcept;
    performed perform(const open_platform::idle&) noexcept;

    template <class Outcome>
    performed end_wait(const Outcome& how);
    void abandon() noexcept;
    void rest_until(std::optional<time_point> deadline) noexcept;

    static constexpr std::uint32_t not_a_slot = ~std::uint32_t{};  // in the handles of its requests

    event_loop& loop_;
    loop_clock& clock_;
    const open_platform::client_options& options_;
    open_platform::token_flow flow_;
    std::map<open_platform::waiter_id, async_call*> waiting_;
    std::optional<time_point> deadline_;
    request_handle in_flight_{};  // 0: none
    arrived_results<call_id> answer_;
    traced_request latest_{};
    std::uint64_t requests_ = 0;
    bool changed_ = false;  // it may have an output
    bool held_ = false;     // the loop has no room for its request
    bool closed_ = false;
};

}  // namespace lark::injected::detail
