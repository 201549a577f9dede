// SPDX-License-Identifier: MIT
#pragma once

#include "sleep.hpp"

#include <lark/injected/drain.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/flow.hpp>
#include <lark/registration/handlers.hpp>

#include <stop_token>
#include <utility>
#include <variant>

namespace lark::injected::detail {

[[nodiscard]] inline registration::wall_time read_clocks(http_client& client) {
    return {client.now(), client.wall_now()};
}

/// Runs one flow on the calling thread: drains it, performs its outputs, and feeds it.
class blocking_driver {
public:
    blocking_driver(registration::flow machine, registration::handlers handlers, http_client& client,
                    std::stop_token stop)
        : flow_(std::move(machine)), handlers_(std::move(handlers)), client_(client), stop_(std::move(stop)) {}

    [[nodiscard]] const registration::flow& machine() const noexcept { return flow_; }

    /// Takes one output and performs it. Exceptions of a handler or of the client are passed on. After a handler that
    /// requested the stop, neither another handler nor the client is used.
    void step() {
        if (stop_.stop_requested()) return flow_.cancel();
        std::visit([this](const auto& output) { perform(output); }, flow_.poll_output(client_.now()));
    }

    /// To the end.
    const registration::outcome& run() {
        while (flow_.result() == nullptr) step();
        return *flow_.result();
    }

    registration::app run_to_end() { return value_or_throw(run()); }

private:
    void perform(const registration::qr_code_ready& qr) {
        // Before the link is shown: a registration that a user approves can then be carried on.
        save();
        if (handlers_.on_qr_code && !stop_.stop_requested()) handlers_.on_qr_code(to_qr_code(qr, read_clocks(client_)));
    }

    void perform(const registration::status_changed& change) {
        if (is_worth_saving(change.status)) save();
        if (handlers_.on_status_change && !stop_.stop_requested())
            handlers_.on_status_change(to_status_change(change, flow_));
    }

    void perform(const registration::abandon_request&) {}  // a blocking client has returned by then

    void perform(const registration::send_request& request) {
        const auto id = request.request_id;
        if (handlers_.on_trace) traced_.sent_at = client_.now();
        const auto result = client_.send(to_http_request(request), stop_);
        // Feed answers before a stop: credentials that came at the last moment count.
        const auto now = client_.now();
        if (const auto* response = std::get_if<http_response>(&result)) {
            flow_.handle_response(id, now, *response);
        } else if (!stop_.stop_requested()) {
            flow_.handle_failure(id, now, std::get<transport_failure>(result));
        }
        if (!handlers_.on_trace) return;
        if (const auto event = take_trace(flow_, traced_, now, &result)) handlers_.on_trace(*event);
    }

    void perform(const registration::wait_until& wait) {
        const auto now = sleep_until(client_, wait.deadline, stop_);
        if (!stop_.stop_requested()) flow_.handle_time(now);
    }

    void perform(const registration::finished&) {}

    void save() {
        if (!handlers_.on_snapshot) return;
        if (const auto saved = flow_.save(read_clocks(client_), registration::after_save::goes_on))
            handlers_.on_snapshot(*saved);
    }

    registration::flow flow_;
    registration::handlers handlers_;
    http_client& client_;
    std::stop_token stop_;
    traced_request traced_;
};

}  // namespace lark::injected::detail
