// SPDX-License-Identifier: MIT
#include <lark/injected/snapshots.hpp>

#include "blocking_driver.hpp"
#include "registration_task.hpp"
#include "registration_worker.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace lark::injected {
namespace {

using namespace registration;
using detail::read_clocks;
using detail::registration_task;
using detail::registration_worker;

/// One call of `poll_once`.
class single_poll {
public:
    single_poll(const snapshot& from, const options& opts, http_client& client, std::stop_token stop,
                trace_handler on_trace)
        : from_(from),
          flow_(from, read_clocks(client), opts),
          client_(client),
          stop_(std::move(stop)),
          on_trace_(std::move(on_trace)) {}

    poll_result operator()() {
        while (flow_.result() == nullptr) {
            if (flow_.wants_to_send()) {
                if (polled_ || stop_.stop_requested()) return pending();
                if (!send()) return pending();
                continue;
            }
            const auto output = flow_.poll_output(client_.now());
            const auto* wait = std::get_if<wait_until>(&output);
            if (wait == nullptr) continue;  // the link, a status: for the process that carries the registration on
            const auto now = client_.now();
            if (wait->deadline > now) return polled_ ? pending() : nothing_due();
            flow_.handle_time(now);
        }
        return std::visit([](const auto& end) { return poll_result{end}; }, *flow_.result());
    }

private:
    /// False if the poll was stopped: it is in flight still, as far as the flow knows.
    bool send() {
        polled_ = true;
        traced_.sent_at = client_.now();
        const auto output = flow_.poll_output(traced_.sent_at);
        const auto& request = std::get<send_request>(output);  // `wants_to_send` said so
        const auto id = request.request_id;
        const auto result = client_.send(to_http_request(request), stop_);
        const auto now = client_.now();
        if (const auto* response = std::get_if<http_response>(&result)) {
            flow_.handle_response(id, now, *response);
        } else {
            if (stop_.stop_requested()) return false;
            flow_.handle_failure(id, now, std::get<transport_failure>(result));
        }
        if (on_trace_)
            if (const auto event = take_trace(flow_, traced_, now, &result)) on_trace_(*event);
        return true;
    }

    poll_result pending() {
        if (auto saved = flow_.save(read_clocks(client_))) return still_pending{*saved};
        flow_.cancel();  // the last poll was stopped after expiry: nothing is left to carry on
        return std::get<failure>(*flow_.result());
    }

    poll_result nothing_due() {
        const auto before = from_.view();
        auto now = flow_.save(read_clocks(client_)).value();  // it has a link, no request out, and no end
        const auto after = now.view();
        // Two clocks are never read at quite the same time, so times differ by a little whenever they are worked out.
        constexpr auto cut_back = std::chrono::seconds{1};
        const bool corrected = before.next_poll_at.has_value() != after.next_poll_at.has_value() ||
                               (before.next_poll_at && *before.next_poll_at - *after.next_poll_at > cut_back) ||
                               before.expires_at - after.expires_at > cut_back;
        if (corrected) return still_pending{now};
        return not_due{before.next_poll_at.value_or(before.expires_at)};
    }

    const snapshot& from_;
    flow flow_;
    http_client& client_;
    std::stop_token stop_;
    trace_handler on_trace_;
    traced_request traced_;
    bool polled_ = false;
};

registration_handle run(async_handlers callbacks, const snapshot& from, const options& opts,
                        const std::shared_ptr<http_client>& client, registration_worker::client_is owner) {
    if (!client) throw invalid_option{"client", "is required"};
    auto task = std::make_shared<registration_task>(std::move(callbacks));
    task->carries_on(from);
    flow machine{from, read_clocks(*client), opts};
    auto worker = std::make_unique<registration_worker>(task, std::move(machine), client, owner);
    return registration_task::make_handle(std::move(task), std::move(worker));
}

}  // namespace

begun_registration begin_registration(const options& opts, http_client& client, std::stop_token stop,
                                      trace_handler on_trace) {
    std::optional<qr_code> link;
    const auto take = [&](const qr_code& qr) { link = qr; };
    detail::blocking_driver driver{
        flow{opts}, {.on_qr_code = take, .on_trace = std::move(on_trace)}, client, std::move(stop)};
    while (driver.machine().result() == nullptr) {
        driver.step();
        if (!link) continue;
        if (auto saved = driver.machine().save(read_clocks(client))) return {std::move(*link), *saved};
    }
    throw register_app_error{std::get<failure>(*driver.machine().result())};
}

app resume_registration(handlers callbacks, const snapshot& from, const options& opts, http_client& client,
                        std::stop_token stop) {
    return detail::blocking_driver{flow{from, read_clocks(client), opts}, std::move(callbacks), client, std::move(stop)}
        .run_to_end();
}

registration_handle resume_registration_async(async_handlers callbacks, const snapshot& from, const options& opts,
                                              http_client& client) {
    return run(std::move(callbacks), from, opts, {std::shared_ptr<void>{}, &client},
               registration_worker::client_is::borrowed);
}

registration_handle detail::resume_registration_async(async_handlers callbacks, const snapshot& from,
                                                      const options& opts, const std::shared_ptr<http_client>& client) {
    return run(std::move(callbacks), from, opts, client, registration_worker::client_is::shared);
}

poll_result poll_once(const snapshot& from, const options& opts, http_client& client, std::stop_token stop,
                      trace_handler on_trace) {
    auto one_poll = opts;
    one_poll.give_up_after.reset();  // its end would be that of the registration, which can be asked again
    return single_poll{from, one_poll, client, std::move(stop), std::move(on_trace)}();
}

}  // namespace lark::injected
