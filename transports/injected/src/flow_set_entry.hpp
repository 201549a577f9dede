// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/drain.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/registration/flow.hpp>

#include "send_queue.hpp"
#include "slot_table.hpp"

#include <exception>
#include <utility>

namespace lark::injected::detail {

/// One registration of a `flow_set`.
struct entry : waiter {
    entry(flow_handlers h, registration::flow f) : handlers(std::move(h)), machine(std::move(f)) {}

    flow_handlers handlers;
    registration::flow machine;
    registration_id id{};
    request_handle in_flight{};          ///< of the request in flight, 0 for none
    registration::request_id request{};  ///< the flow's name for it
    host* at = nullptr;                  ///< where it sends now; one of the next two
    host* at_feishu = nullptr;
    host* at_lark = nullptr;
    traced_request latest{};  ///< when it was sent, and whether it has been traced
    bool begun = false;       ///< its first request has been sent
    bool cancelled = false;
    registration::registration_phase counted =
        registration::registration_phase::starting;  ///< in the counters of the set
    std::exception_ptr exception{};
};

using entry_table = slot_table<entry, registration_id>;

}  // namespace lark::injected::detail
