// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/drain.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/registration/flow.hpp>

#include "admission.hpp"
#include "slot_table.hpp"

#include <exception>
#include <utility>

namespace lark::injected::detail {

/// One registration of a `flow_set`: its flow, and the calls of its handlers.
struct entry : waiter {
    entry(flow_handlers h, registration::flow f) : handlers(std::move(h)), machine(std::move(f)) {}

    /// Feeds the result of its request, and reports the exchange.
    void handle_result(registration::request_id of, time_point now, const http_result& result);
    /// Feeds the time; an exchange that ends by its timeout is reported.
    void handle_time(time_point now);

    /// Each calls the handlers for one output; `on_snapshot` before the others. After a cancel none but that is called.
    void report(const registration::qr_code_ready& qr, registration::wall_time when);
    void report(const registration::status_changed& change, registration::wall_time when);

    [[nodiscard]] registration_state state(registration::wall_time when) const;

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

private:
    void save(registration::wall_time when);
    void trace(time_point now, const http_result* result);
};

using entry_table = slot_table<entry, registration_id>;

}  // namespace lark::injected::detail
