// SPDX-License-Identifier: MIT
#include <lark/injected/flow_set.hpp>

#include "flow_set_driver.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace lark::injected {

using registration::invalid_option;

flow_set::flow_set(event_loop& loop, flow_set_options opts) : loop_(loop) {
    if (opts.max_requests == 0) throw invalid_option{"max_requests", "must be at least 1"};
    if (opts.max_requests_per_host == 0) throw invalid_option{"max_requests_per_host", "must be at least 1"};
    using std::chrono::milliseconds;  // the largest of them overflow a `duration`
    if (opts.timer_slack < milliseconds{0} || opts.timer_slack > milliseconds{1000})
        throw invalid_option{"timer_slack", "must be from 0 to 1 s"};
    driver_ = std::make_unique<driver>(loop, opts);
    loop.attach(*this);
}

flow_set::~flow_set() {
    driver_->close();
    loop_.detach(*this);
}

registration_id flow_set::add(flow_handlers handlers, const registration::options& opts) {
    if (!handlers.on_qr_code) throw invalid_option{"on_qr_code", "is required"};
    if (!handlers.on_finished) throw invalid_option{"on_finished", "is required"};
    return add_checked(std::move(handlers), registration::flow{opts});
}

registration_id flow_set::add_checked(flow_handlers handlers, registration::flow machine) {
    return driver_->add(std::move(handlers), std::move(machine));
}

registration_id flow_set::add(flow_handlers handlers, const registration::snapshot& from,
                              const registration::options& opts) {
    return driver_->add(std::move(handlers), from, opts);
}

bool flow_set::cancel(registration_id id) { return driver_->cancel(id); }
void flow_set::cancel_all() { driver_->cancel_all(); }

bool flow_set::handle_response(request_handle id, http_response response) {
    return driver_->handle(id, std::move(response));
}
bool flow_set::handle_failure(request_handle id, transport_failure failure) {
    return driver_->handle(id, std::move(failure));
}
void flow_set::handle_timer() { driver_->handle_timer(); }
void flow_set::handle_room() { driver_->handle_room(); }

std::size_t flow_set::size() const noexcept { return driver_->size(); }
flow_set_stats flow_set::stats() const noexcept { return driver_->stats(); }
std::optional<registration_state> flow_set::state(registration_id id) const { return driver_->state(id); }
std::size_t flow_set::requests_in_flight() const noexcept { return driver_->queue().in_flight(); }
std::size_t flow_set::waiting_for_turn() const noexcept { return driver_->queue().waiting(); }

}  // namespace lark::injected
