// SPDX-License-Identifier: MIT
// Driving a flow by hand over a stack whose answers come later: one that comes too late, and a cancel. The numbers are
// those of docs/writing-a-transport.md. The fake's service stands in for the network, and a clock that jumps for the
// time.
#include <lark/fake.hpp>
#include <lark/injected/drain.hpp>
#include <lark/registration/errors.hpp>
#include <lark/registration/flow.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <variant>
#include <vector>

namespace registration = lark::registration;
using namespace std::chrono_literals;

namespace {

struct answer {
    registration::request_id id;
    lark::time_point arrives;
    lark::http_result result;
};

/// A stack that returns from `start` at once. The third answer takes a minute.
class slow_stack {
public:
    explicit slow_stack(lark::fake::accounts_service& service) : service_(service) {}

    [[nodiscard]] lark::time_point now() const { return now_; }

    void start(registration::request_id id, const lark::http_request& request) {
        const auto latency = ++started_ == 3 ? 60s : 1s;
        pending_.push_back({id, now_ + latency, service_.handle(lark::fake::host_role::feishu, request, now_).result});
    }

    void forget(registration::request_id id) {
        std::erase_if(pending_, [id](const answer& a) { return a.id == id; });
        ++forgotten;
    }

    /// The next answer, or nothing once the deadline is there.
    std::optional<answer> wait(lark::time_point deadline) {
        const auto earlier = [](const answer& a, const answer& b) { return a.arrives < b.arrives; };
        const auto next = std::min_element(pending_.begin(), pending_.end(), earlier);
        const bool in_time = next != pending_.end() && next->arrives <= deadline;
        now_ = std::max(now_, in_time ? next->arrives : deadline);
        if (!in_time) return {};
        auto out = std::move(*next);
        pending_.erase(next);
        return out;
    }

    int forgotten = 0;

private:
    lark::fake::accounts_service& service_;
    lark::time_point now_{};
    int started_ = 0;
    std::vector<answer> pending_;
};

class driver {
public:
    driver(slow_stack& stack, lark::time_point cancel_at) : stack_(stack), cancel_at_(cancel_at) {}

    registration::outcome run() {
        // 2. Drain to the very end: after a cancel there may be a request to abandon.
        while (!over_) std::visit([this](const auto& output) { perform(output); }, flow_.poll_output(stack_.now()));
        return *flow_.result();
    }

private:
    // 3. All that the event holds, with strings of its own.
    void perform(const registration::qr_code_ready& qr) {
        std::cerr << "Scan: " << lark::injected::to_qr_code(qr, stack_.now()).url << "\n";
    }

    void perform(const registration::status_changed& s) { std::cerr << s.status << "\n"; }

    // 5. Close what that request holds. Its answer may come all the same: the flow would call it stale.
    void perform(const registration::abandon_request& out) { stack_.forget(out.request_id); }

    // 6. Begin, and go on: the answer comes while the flow waits.
    void perform(const registration::send_request& out) {
        stack_.start(out.request_id, lark::injected::to_http_request(out));
    }

    // 7. Wait for an answer, the deadline, or a user who cancels: the first of them.
    void perform(const registration::wait_until& wait) {
        if (auto came = stack_.wait(std::min(wait.deadline, cancel_at_))) {
            // 8. Feed answers before time and before a cancel.
            if (const auto* reply = std::get_if<lark::http_response>(&came->result))
                flow_.handle_response(came->id, stack_.now(), *reply);
            else flow_.handle_failure(came->id, stack_.now(), std::get<lark::transport_failure>(came->result));
        } else if (stack_.now() >= cancel_at_) {
            flow_.cancel();
        } else {
            flow_.handle_time(std::max(wait.deadline, stack_.now()));  // 9.
        }
    }

    void perform(const registration::finished&) { over_ = true; }  // 10.

    registration::flow flow_{registration::options{.source = "by-hand"}};
    slow_stack& stack_;
    lark::time_point cancel_at_;
    bool over_ = false;
};

}  // namespace

int main() {
    lark::fake::accounts_service service{{.approve_after = 3min}};
    slow_stack patient{service};
    const auto app = registration::value_or_throw(driver{patient, lark::time_point::max()}.run());
    if (app.client_id.empty() || patient.forgotten != 1) return 1;  // the poll whose answer took a minute

    slow_stack cancelled{service};
    const auto end = driver{cancelled, lark::time_point{} + 10s}.run();  // while that poll is out
    const auto* failure = std::get_if<registration::failure>(&end);
    if (!failure || failure->code != registration::error_code::abort || cancelled.forgotten != 1) return 1;
    std::cout << "all good\n";
}
