// SPDX-License-Identifier: MIT
#include "open_platform/trace.hpp"

#include "base/http_fields.hpp"
#include "base/url.hpp"

#include <chrono>

namespace lark::open_platform::detail {

using namespace registration;

trace_event trace_of(const http_response& response, const request_error* error, exchange_result good, secrets hidden) {
    trace_event event;
    event.exchange.http_status = response.status;
    event.exchange.request_id = base::log_id_in(response.headers, hidden);
    event.result = error == nullptr ? good : error->result;
    event.next = next_step::success;
    if (error == nullptr) return event;
    event.exchange.code = error->why.code;
    if (error->why.retry_after) event.retry_after = std::chrono::ceil<std::chrono::seconds>(*error->why.retry_after);
    return event;
}

trace_event trace_of(const transport_failure& failure) {
    trace_event event;
    event.exchange.failure = failure.kind;
    event.exchange.http_status = failure.http_status;
    event.result = exchange_result::no_reply;
    event.on_kept_connection = failure.on_kept_connection;
    return event;
}

void add_next(trace_event& event, const base::next_try& next) noexcept {
    event.stop = next.stop;
    event.next = next.stop == stop_reason::none ? next_step::wait : next_step::failure;
    if (event.next == next_step::failure) return;
    event.wait = next.wait;
    event.reason = next.reason;
}

void add_request(trace_event& event, exchange_step step, std::string_view url, request_id id) {
    event.exchange.step = step;
    event.exchange.number = static_cast<unsigned>(id);
    event.exchange.host = host_name::parse(base::authority_of(url)).value_or(host_name{});
}

}  // namespace lark::open_platform::detail
