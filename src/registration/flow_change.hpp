// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/flow.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lark::registration {

namespace detail {

/// protocol.md, 4: the service's clock is a network trip ahead, so the last poll goes out a little before D.
inline duration head_start(std::chrono::seconds lifetime) noexcept {
    return std::min<duration>(std::chrono::seconds{1}, duration{lifetime} / 10);
}

}  // namespace detail

/// The effect of one input on a flow: computed in full, allocations included, before anything is touched, then applied
/// without a way to fail.
struct flow::change {
    /// The content of a good begin reply.
    struct begun {
        secret device_code;
        secret poll_body;
        std::string link;
        std::string verification_uri_complete;
        std::string verification_uri;
        std::string user_code;
        std::array<std::uint64_t, 2> link_fingerprints{};
    };
    struct status_update {
        registration::status status{};
        std::chrono::seconds interval{};
        std::string reason;
    };

    /// A constructor, since an aggregate's braces would clear the room of what is mostly not there: 4 % of a poll.
    change(state s, const progress& p) : to(s), numbers(p) {}

    state to = state::init_due;
    progress numbers;
    bool abandons = false;  ///< the request that is out
    std::optional<status_update> status;
    std::optional<std::string> cause;       ///< replaces the last transient error
    std::shared_ptr<const user_info> user;  ///< replaces what is known of the user; null: nothing new
    std::optional<begun> begin;
    std::optional<outcome> result;  ///< becomes `end` once it is complete
    std::shared_ptr<const outcome> end;

    // Of the exchange that the input ended; `exchange` is not set if it ended none.
    std::optional<exchange_record> exchange;
    log_id request_id;
    exchange_result brought = exchange_result::none;
    stop_reason stop = stop_reason::answer;  ///< counts if the flow ends without an app
};

}  // namespace lark::registration
