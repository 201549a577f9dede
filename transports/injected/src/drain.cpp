// SPDX-License-Identifier: MIT
#include <lark/injected/drain.hpp>

#include "take_trace.hpp"

#include <chrono>

namespace lark::injected {

registration::qr_code to_qr_code(const registration::qr_code_ready& qr, time_point now) {
    return to_qr_code(qr, registration::wall_time{now, std::chrono::system_clock::now()});
}

registration::qr_code to_qr_code(const registration::qr_code_ready& qr, registration::wall_time at) {
    using std::chrono::system_clock;
    const auto left = std::chrono::duration_cast<system_clock::duration>(saturating_sub(qr.expires_at, at.now));
    return {std::string{qr.url}, qr.expire_in, std::string{qr.user_code}, std::string{qr.verification_uri},
            at.wall + left};
}

bool is_worth_saving(registration::status s) noexcept {
    return s == registration::status::slow_down || s == registration::status::domain_switched;
}

registration::status_change to_status_change(const registration::status_changed& change,
                                             const registration::flow& machine) {
    return {change.status, change.interval, std::string{change.reason}, machine.polls(), machine.last_summary()};
}

std::optional<registration::trace_event> take_trace(const registration::flow& machine, traced_request& request,
                                                    time_point now, const http_result* answer) {
    return detail::take_trace_of(machine, request, now, answer);
}

http_request to_http_request(const registration::send_request& request) {
    using namespace std::chrono;
    return {
        .method = "POST",
        .url = std::string{request.url},
        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
        .body = std::string{request.body},
        .timeout = ceil<milliseconds>(request.timeout),
        // Credentials may come once, and polls keep their distance: the flow repeats, not the transport.
        .idempotent = false,
    };
}

}  // namespace lark::injected
