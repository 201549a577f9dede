#include <lark/injected/register_app.hpp>

#include <lark/injected/drain.hpp>

#include "sleep.hpp"

#include <lark/registration/flow.hpp>

#include <utility>
#include <variant>

namespace lark::injected {
namespace {

using namespace registration;

/// One blocking registration: drain the flow, perform, feed, until it is over.
class run {
public:
    run(handlers callbacks, const options& opts, http_client& client, std::stop_token stop)
        : flow_(opts), handlers_(std::move(callbacks)), client_(client), stop_(std::move(stop)) {}

    app operator()() {
        while (flow_.result() == nullptr) {
            if (stop_.stop_requested()) flow_.cancel();
            std::visit([this](const auto& output) { perform(output); }, flow_.poll_output(client_.now()));
        }
        return value_or_throw(*flow_.result());
    }

private:
    void perform(const qr_code_ready& qr) { handlers_.on_qr_code(to_qr_code(qr, client_.now())); }

    void perform(const status_changed& change) {
        if (handlers_.on_status_change) handlers_.on_status_change(to_status_change(change));
    }

    void perform(const abandon_request&) {}  // a blocking client has returned by then

    void perform(const send_request& request) {
        const auto id = request.request_id;
        auto result = client_.send(to_http_request(request), stop_);
        // Feed answers before a stop: credentials that came at the last moment count.
        const auto now = client_.now();
        if (const auto* response = std::get_if<http_response>(&result)) {
            static_cast<void>(flow_.handle_response(id, now, *response));
        } else if (!stop_.stop_requested()) {
            static_cast<void>(flow_.handle_failure(id, now, std::get<transport_failure>(result)));
        }
    }

    void perform(const wait_until& wait) {
        const auto now = detail::sleep_until(client_, wait.deadline, stop_);
        if (!stop_.stop_requested()) flow_.handle_time(now);
    }

    void perform(const finished&) {}

    flow flow_;
    handlers handlers_;
    http_client& client_;
    std::stop_token stop_;
};

}  // namespace

app register_app(handlers callbacks, const options& opts, http_client& client, std::stop_token stop) {
    if (!callbacks.on_qr_code) throw invalid_option{"on_qr_code", "on_qr_code is required"};
    return run{std::move(callbacks), opts, client, std::move(stop)}();
}

}  // namespace lark::injected
