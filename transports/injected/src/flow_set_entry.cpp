// SPDX-License-Identifier: MIT
#include "flow_set_entry.hpp"

#include <chrono>
#include <string>
#include <variant>

namespace lark::injected::detail {

using namespace registration;

void entry::handle_result(request_id of, time_point now, const http_result& result) {
    if (const auto* response = std::get_if<http_response>(&result)) machine.handle_response(of, now, *response);
    else machine.handle_failure(of, now, std::get<transport_failure>(result));
    trace(now, &result);
}

void entry::handle_time(time_point now) {
    machine.handle_time(now);
    trace(now, nullptr);
}

void entry::report(const qr_code_ready& qr, wall_time when) {
    save(when);
    if (handlers.on_qr_code && !cancelled) handlers.on_qr_code(to_qr_code(qr, when));
}

void entry::report(const status_changed& change, wall_time when) {
    if (is_worth_saving(change.status)) save(when);
    if (handlers.on_status_change && !cancelled) handlers.on_status_change(to_status_change(change, machine));
}

void entry::save(wall_time when) {
    if (!handlers.on_snapshot) return;
    if (const auto saved = machine.save(when, after_save::goes_on)) handlers.on_snapshot(*saved);
}

void entry::trace(time_point now, const http_result* result) {
    if (!handlers.on_trace || cancelled) return;
    if (const auto event = take_trace(machine, latest, now, result)) handlers.on_trace(*event);
}

registration_state entry::state(wall_time when) const {
    registration_state out{
        machine.phase(), {}, machine.polls(), std::string{machine.last_error()}, machine.last_exchange()};
    if (const auto next = machine.next_request_at()) {
        using std::chrono::system_clock;
        const auto ahead = saturating_sub(*next, when.now);
        out.next_request_at = when.wall + std::chrono::duration_cast<system_clock::duration>(ahead);
    }
    return out;
}

}  // namespace lark::injected::detail
