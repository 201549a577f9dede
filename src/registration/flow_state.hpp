// SPDX-License-Identifier: MIT
// The state of a flow, apart from the rules that change it: docs/state-machine.md.
#pragma once

#include "base/tries.hpp"
#include "registration/grant.hpp"

#include <lark/registration/flow.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lark::registration::detail {

/// Where the request of a step is. Step (init, begin or poll) and phase together are the state.
enum class phase : std::uint8_t {
    due,       ///< to be handed out
    sent,      ///< out
    waiting,   ///< to be due again after a wait
    expiring,  ///< of polls: the last one brought no end, and nothing is sent until expiry
    finished,  ///< the outcome is set
};

/// The lifetime of the device code, and the last poll in it (protocol.md, section 4).
class code_lifetime {
public:
    /// The part of the lifetime to which a poll belongs.
    enum class part {
        before_last_poll,  ///< another poll is to follow
        last_poll,         ///< none is
        over,              ///< none is, and the code has expired
    };

    code_lifetime() = default;  ///< before the begin reply
    code_lifetime(std::chrono::seconds length, time_point expires_at) noexcept
        : length_(length), expires_at_(expires_at) {}

    /// As the service gave it.
    [[nodiscard]] std::chrono::seconds length() const noexcept { return length_; }
    /// When the code expires.
    [[nodiscard]] time_point expires_at() const noexcept { return expires_at_; }
    /// When the last poll is sent. The service's clock is a network trip ahead, so this is a little before expiry.
    [[nodiscard]] time_point last_poll_at() const noexcept {
        return saturating_add(expires_at_, -std::min<duration>(std::chrono::seconds{1}, duration{length_} / 10));
    }

    /// The part of a request whose end is handled at `now`. If its deadline was before `last_poll_at` it was not the
    /// last poll, however late its end is reported (a suspend).
    [[nodiscard]] part part_of(time_point now, time_point deadline) const noexcept {
        if (now < last_poll_at() || deadline < last_poll_at()) return part::before_last_poll;
        return now < expires_at_ ? part::last_poll : part::over;
    }

    /// When a poll that is handed out at `now` is abandoned at the latest. A request in flight at expiry gets the
    /// grace; after a suspend beyond expiry one more poll is sent, with the grace from `now`.
    [[nodiscard]] time_point limit_of_poll(time_point now, duration grace) const noexcept {
        return saturating_add(std::max(now, expires_at_), grace);
    }

private:
    std::chrono::seconds length_{};
    time_point expires_at_{};
};

/// The checked options.
struct flow_settings {
    std::string feishu_url{};
    std::string lark_url{};
    duration request_timeout{};
    duration start_budget{};
    duration expiry_grace{};
    duration give_up_after{};  ///< the longest of all if there is no limit
    double interval_margin = 0;
    registration::first_poll first_poll{};
    registration::link_style link_style{};
    std::optional<brand> link_brand{};
    brand issuer{};           ///< the brand of `domain`
    bool loopback = false;    ///< `domain` is a loopback host
    bool switchable = false;  ///< `lark_domain` is another host
};

/// Where a flow stands, in numbers: copied, changed and put back by each input.
struct position : base::tries {
    exchange_step step = exchange_step::init;  ///< init, begin or poll
    detail::phase phase = detail::phase::due;
    bool at_lark = false;                        ///< polls are sent to `lark_domain`
    wait_reason reason = wait_reason::interval;  ///< of `wait_end`
    unsigned polls = 0;                          ///< handed out
    std::chrono::seconds interval{5};
    code_lifetime lifetime{};
    time_point poll_limit = time_point::max();  ///< when the poll that is out is abandoned at the latest

    /// Whether another request follows, now or after a wait.
    [[nodiscard]] bool sends_again() const noexcept {
        return phase == detail::phase::due || phase == detail::phase::waiting;
    }

    void become_due(time_point since) noexcept {
        phase = detail::phase::due;
        due_since = since;
    }
    void wait_until(time_point end, wait_reason why) noexcept {
        phase = detail::phase::waiting;
        wait_end = end;
        reason = why;
    }
    /// Polls at `next` or at `last_poll_at`, whichever comes first; at once if neither lies ahead.
    void wait_to_poll(time_point now, time_point next, wait_reason why) noexcept {
        const auto last = lifetime.last_poll_at();
        step = exchange_step::poll;
        poll_limit = time_point::max();
        wait_until(std::min(next, std::max(last, now)), next > last ? wait_reason::last_poll : why);
        if (wait_end <= now) become_due(wait_end);
    }
    /// Nothing more is sent until expiry.
    void wait_to_expire() noexcept {
        step = exchange_step::poll;
        poll_limit = time_point::max();
        wait_until(lifetime.expires_at(), wait_reason::expiry);
        phase = detail::phase::expiring;
    }
};

struct status_update {
    registration::status status{};
    std::chrono::seconds interval{};
    std::string reason{};
};

/// The last exchange that ended, as it stood then. All but its request id, which takes memory.
struct exchange_record {
    request_id id{};
    duration wait{};
    std::int64_t code = 0;
    std::chrono::seconds retry_after{};
    unsigned number = 0;
    int http_status = 0;
    exchange_step step = exchange_step::init;
    oauth_error error = oauth_error::none;
    std::optional<transport_failure_kind> failure{};
    exchange_result result = exchange_result::none;
    next_step next = next_step::send;
    wait_reason reason = wait_reason::interval;
    stop_reason stop = stop_reason::none;
    bool on_kept_connection = false;
    bool at_lark = false;  ///< where the request was sent
};

struct flow_state {
    flow_settings settings{};
    detail::position position{};
    time_point now = time_point::min();  ///< the latest seen
    time_point gives_up_at = time_point::max();
    bool qr_pending = false;  ///< slots to be drained, in the order of `output`, after the abandoned request
    bool status_pending = false;
    status_update status{};
    std::string link_parameters{};  ///< freed once the link is built
    device_grant grant{};
    std::string last_error{};                 ///< the last transient error
    std::shared_ptr<const user_info> user{};  ///< of the replies so far; null before any
    exchange_record last_exchange{};
    log_id last_log_id{};
    std::shared_ptr<const registration::outcome> outcome{};  ///< null before the end

    void advance(time_point to) noexcept {
        if (now == time_point::min()) gives_up_at = saturating_add(to, settings.give_up_after);
        now = std::max(now, to);
    }
    [[nodiscard]] bool is_polling() const noexcept { return position.step == exchange_step::poll; }
    [[nodiscard]] bool is_sent() const noexcept { return position.phase == phase::sent; }
    [[nodiscard]] bool is_waiting() const noexcept {
        return position.phase == phase::waiting || position.phase == phase::expiring;
    }
    [[nodiscard]] bool is_finished() const noexcept { return position.phase == phase::finished; }
};

}  // namespace lark::registration::detail
