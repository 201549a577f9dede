// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/flow.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lark::registration::testing {

/// A rule that holds in every run was broken. Tests, the exploration and the fuzzer report it.
struct broken_rule : std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& rule) {
    if (!holds) throw broken_rule{rule};
}

/// A flow and, beside it, what must hold whatever comes in. Each call is passed on and its result checked; can be
/// copied as the flow can. The rules are those of protocol.md, sections 3, 4 and 7, and those of flow.hpp.
class watched_flow {
public:
    explicit watched_flow(const options& opts = {});

    output poll_output(time_point now);
    /// `credentials`: the reply holds complete ones, so that a poll must end with them.
    accepted handle_response(request_id id, time_point now, const http_response& response, bool credentials = false);
    accepted handle_failure(request_id id, time_point now, const transport_failure& failure);
    void handle_time(time_point now);
    void cancel();

    /// A flow made of the text of what this one saves at `here`, and watched on: what this one has seen counts for it
    /// too. Nothing if nothing is saved.
    [[nodiscard]] std::optional<watched_flow> carried_on(wall_time here, wall_time there, const options& opts,
                                                         after_save then = after_save::stops) const;

    [[nodiscard]] const flow& get() const noexcept { return flow_; }
    [[nodiscard]] const outcome* result() const noexcept { return flow_.result(); }

    /// The request that is out; 0 if none is.
    [[nodiscard]] request_id outstanding() const noexcept { return out_; }
    [[nodiscard]] request_id newest_id() const noexcept { return newest_id_; }
    /// Without a pause for the driver: not set between two waits.
    [[nodiscard]] std::optional<time_point> waits_until() const noexcept { return wait_; }

    /// The flow's key and what the watching remembers, relative to now: equal keys have equal futures.
    [[nodiscard]] std::string key() const;

private:
    void watch_input(bool taken);
    void watch_exchange();
    void check(const qr_code_ready& qr);
    void check(const status_changed& change);
    void check(const abandon_request& abandon);
    void check(const send_request& request);
    void check(const wait_until& wait);
    void check(const finished& end);

    flow flow_;
    duration request_timeout_;
    duration grace_;
    duration start_budget_;
    double margin_;
    std::string feishu_url_;
    std::string lark_url_;

    request_id out_{};
    request_id newest_id_{};
    request_id traced_{};  ///< the last exchange that ended
    bool out_polls_ = false;
    bool without_status_ = false;  ///< the last reply had the status 0, which is the driver's mistake
    std::optional<request_id> to_abandon_{};
    time_point now_ = time_point::min();
    time_point out_until_{};
    std::optional<time_point> wait_{};
    std::optional<time_point> expires_at_{};
    bool link_again_ = false;   ///< carried on, and the link has not come since
    time_point answered_at_{};  ///< the last poll
    bool polled_ = false;       ///< a poll was answered, and none was sent since
    bool switched_ = false;     ///< domain_switched was reported
    bool just_switched_ = false;
    int polls_at_the_end_ = 0;  ///< handed out at or after last_poll_at
    bool fed_ = false;          ///< an input was taken at `now_`, and time has not moved since
    int outputs_ = 0;           ///< since the last input
    std::chrono::seconds interval_{};
    std::optional<outcome> result_{};
};

}  // namespace lark::registration::testing
