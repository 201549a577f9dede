// SPDX-License-Identifier: MIT
#pragma once

#include "registration/flow_state.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lark::registration::detail {

struct reply;

/// The effect of one input on a flow: computed in full, allocations included, before anything is touched, then applied
/// without a way to fail.
struct change {
    position next;  ///< replaces the flow's
    std::optional<status_update> status{};
    std::optional<std::string> last_error{};  ///< replaces the last transient error
    std::shared_ptr<const user_info> user{};  ///< replaces the facts about the user; null: nothing new
    std::optional<device_grant> grant{};
    std::optional<registration::outcome> result{};  ///< becomes `end` once it is complete
    std::shared_ptr<const registration::outcome> end{};

    // Of the exchange that the input ended; `exchange` is not set if it ended none.
    std::optional<exchange_record> exchange{};
    log_id last_log_id{};
    registration::exchange_result exchange_result = registration::exchange_result::none;
    stop_reason stop = stop_reason::answer;  ///< counts if the flow ends without an app

    [[nodiscard]] bool is_end() const noexcept { return next.phase == phase::finished; }
};

/// Completes a change by what follows from the rest of it, and applies it; if the limit of `give_up_after` is over, and
/// the change is not an end itself, the flow ends. A `bad_alloc` leaves the flow as it was.
void take(flow_state& f, change&& c);

/// Ends the flow with its `outcome`.
void finish(flow_state& f) noexcept;

// The exchanges of a flow, for a trace: flow_trace.cpp; protocol.md, section 10.

/// The request that is out, as far as it is known before its answer.
[[nodiscard]] exchange_record exchange_that_is_out(const flow_state& f) noexcept;

/// The service's id of a request; none if it quotes a secret of the flow or of the reply, which may be null.
[[nodiscard]] log_id log_id_of_reply(const flow_state& f, const http_response& response, const reply* reply);

[[nodiscard]] exchange_summary summary_of(const flow_state& f, const exchange_record& e, const log_id& id);

void add_facts(failure& why, const flow_state& f, const exchange_record& e, const log_id& id);

}  // namespace lark::registration::detail
