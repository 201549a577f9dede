// SPDX-License-Identifier: MIT
// Driving a flow by hand, for a stack that neither half of the seam fits. The numbers are those of
// docs/writing-a-transport.md. The fake's client stands in for a stack here: it sends, reads the clock and sleeps.
#include <lark/fake.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/flow.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <variant>

namespace registration = lark::registration;

namespace {

class driver {
public:
    // 1. Make the flow. Wrong options are reported here by an exception, before any request.
    driver(lark::fake::http_client& stack, registration::options options) : flow_(std::move(options)), stack_(stack) {}

    registration::app run() {
        // 2. Drain: ask for outputs and do what they say, until there is something to wait for or all is over.
        while (flow_.result() == nullptr)
            std::visit([this](const auto& output) { perform(output); }, flow_.poll_output(stack_.now()));
        // 10. The end: the app, or why there is none.
        return registration::value_or_throw(*flow_.result());
    }

private:
    // 3. The link is there. The views live until the next input, so what is kept is copied.
    void perform(const registration::qr_code_ready& qr) { std::cerr << "Scan: " << qr.url << "\n"; }

    // 4. Show the user the status.
    void perform(const registration::status_changed& s) { std::cerr << s.status << "\n"; }

    // 5. An answer that no longer matters: free what that request holds. This stack waits for every answer.
    void perform(const registration::abandon_request&) {}

    // 6. Perform the request once, and remember its id. The timeout runs from here.
    void perform(const registration::send_request& out) {
        const auto id = out.request_id;
        const auto answer = stack_.send({.url = std::string{out.url},
                                         .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                         .body = std::string{out.body},
                                         .timeout = std::chrono::ceil<std::chrono::milliseconds>(out.timeout)},
                                        {});
        // 8. Feed what has arrived, with the time at which it is fed; before time and before a cancel.
        if (const auto* reply = std::get_if<lark::http_response>(&answer))
            flow_.handle_response(id, stack_.now(), *reply);
        else flow_.handle_failure(id, stack_.now(), std::get<lark::transport_failure>(answer));
    }

    // 7. Nothing to do before the deadline, unless an answer comes.
    void perform(const registration::wait_until& wait) {
        stack_.sleep_until(wait.deadline, {});
        // 9. Feed the time. A timer that expired a little early must not make the loop spin: the larger of the two
        // counts.
        flow_.handle_time(std::max(wait.deadline, stack_.now()));
    }

    void perform(const registration::finished&) {}

    registration::flow flow_;
    lark::fake::http_client& stack_;
};

}  // namespace

int main() {
    lark::fake::accounts_service service{{.approve_after = std::chrono::minutes{3}}};
    lark::fake::http_client stack{service};
    const auto app = driver{stack, {.source = "by-hand"}}.run();
    if (app.client_id.empty()) return 1;
    std::cout << "all good\n";
}
