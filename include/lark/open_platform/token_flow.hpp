#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/secret.hpp>
#include <lark/time.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lark::open_platform {

/// The tenant access token of one app as a pure state machine: fetched when somebody asks, kept, and fetched anew in the
/// last minutes of its life (`client_options::refresh_before`). However many ask, one request is out at most.
///
/// To drive it: `ask`, then drain `poll_output` until it says `wait_until` or `idle`, as with `registration::flow`; feed
/// it `handle_response`, `handle_failure` or `handle_time`, and drain again. Each waiter_id is answered exactly once, unless it
/// is dropped.
///
/// Faults: what may pass (a connection that fails or is cut, a timeout, HTTP 5xx, too many calls) is tried again, 3 times
/// at most and within `token_budget`, 1 s and 2 s after the failures or later if the service says so; all else answers
/// everybody who waits. A refresh that fails while the old token is still good is no fault: the old one is granted, and the
/// next refresh is tried half a minute later at the earliest.
///
/// Time, threads, exceptions and copies: as with `registration::flow`.
class LARK_EXPORT token_flow {
public:
    /// Throws `registration::invalid_option` for `app_id`, `app_secret`, or one of the options.
    token_flow(const std::string& app_id, secret app_secret, const client_options& options = {});

    /// Somebody wants a token. It is granted at the next `poll_output` if there is a good one, else fetched.
    [[nodiscard]] waiter_id ask(time_point now);

    /// Nobody waits for that waiter_id any more; a request that is out goes on, and its token is kept. Unknown waiters are ignored.
    void drop(waiter_id who);

    /// The service refuses that token: it is granted no more, and whoever was to get it at the next `poll_output` waits for a
    /// fresh one instead. One that has been replaced already is ignored.
    void reject(token_id id) noexcept;

    /// The next thing to do. `wait_until` and `idle` are repeated unchanged until the next input; the others come once.
    [[nodiscard]] token_output poll_output(time_point now);

    accepted handle_response(request_id id, time_point now, const http_response& response);    ///< whatever its status
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);  ///< no whole reply

    /// Request `id` ended because its driver had to stop, not because anything failed. It is due again if somebody waits.
    accepted handle_interrupted(request_id id, time_point now) noexcept;

    /// Time has passed. Call it when the deadline of `wait_until` is reached; earlier calls do no harm.
    void handle_time(time_point now);

    /// The current state by name, for tests and for debugging.
    [[nodiscard]] std::string_view state_name() const noexcept;

private:
    enum class state {
        idle,     ///< nobody waits
        due,      ///< a request is to be handed out
        sent,     ///< it is out
        waiting,  ///< it failed and is tried again
    };

    struct token {
        token_id id{};
        secret text{};
        time_point refresh_at{};
        time_point expires_at{};
    };
    using verdict = std::variant<std::shared_ptr<const token>, std::shared_ptr<const api_failure>>;
    /// The same for all of these.
    struct answer {
        verdict what{};
        std::vector<waiter_id> who{};
        std::size_t told = 0;  ///< how many of them have it already
    };
    struct change;  // what an input does, worked out before anything is touched

    void advance(time_point now) noexcept;
    void apply(change&& c) noexcept;
    void fetch_if_idle() noexcept;
    void take_refused_out_of_the_queue();
    [[nodiscard]] send_token_request hand_out() noexcept;
    [[nodiscard]] bool is_outstanding(request_id id) const noexcept;
    [[nodiscard]] bool has_good_token() const noexcept;
    [[nodiscard]] time_point budget_end_now() const noexcept;

    // The rules, src/open_platform/token_rules.cpp. They change nothing: a `bad_alloc` leaves the flow as it was.
    [[nodiscard]] change on_response(const http_response& response) const;
    [[nodiscard]] change on_failure(const transport_failure& failure) const;
    [[nodiscard]] change on_timeout() const;
    [[nodiscard]] change on_request_error(api_failure why, bool retryable) const;
    [[nodiscard]] change settle(verdict what) const;
    [[nodiscard]] change settle(api_failure why) const;

    struct settings {
        std::string url;
        secret body;
        secret app_secret;
        duration request_timeout{};
        duration budget{};
        duration refresh_before{};
    };

    settings settings_;
    state state_ = state::idle;
    unsigned failures_ = 0;               // in a row
    time_point now_ = time_point::min();  // the latest seen
    time_point sent_at_{};
    time_point due_since_{};
    time_point deadline_{};                      // of the request while one is out, of the wait while waiting
    time_point budget_end_ = time_point::max();  // of this fetch; set at the first hand-out
    time_point no_refresh_before_ = time_point::min();
    std::uint64_t last_request_ = 0;
    std::uint64_t last_waiter_ = 0;
    std::uint64_t last_token_ = 0;
    request_id abandoned_{};  // 0: none
    std::shared_ptr<const token> token_;
    std::vector<waiter_id> waiting_;
    std::list<answer> answers_;  // to be drained, oldest first
    verdict told_;               // what the last views point into
};

}  // namespace lark::open_platform
