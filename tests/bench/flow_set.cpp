// SPDX-License-Identifier: MIT
// 100,000 registrations at once on one thread: what flow_set adds to its flows, in time and in memory. The loop beside
// it is as lean as can be: a virtual clock, replies made beforehand, a fixed time for each.
#include "counting_new.hpp"

#include <lark/injected/drain.hpp>
#include <lark/injected/flow_set.hpp>
#include <lark/registration/flow.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace lark;
using namespace std::chrono_literals;

const http_response begin_reply{
    200,
    {},
    R"({"device_code":"9XyQe6mJd1Rk7Zt3Wn5Bv8Ca2Fg4Hs0LpUoIiKjNmQr","user_code":"WDJB-MJHT","interval":5,"expires_in":600,)"
    R"("verification_uri_complete":"https://accounts.feishu.cn/page/launcher?user_code=WDJB-MJHT"})"};
const http_response pending_reply{
    400, {}, R"({"error":"authorization_pending","error_description":"not yet","code":20094})"};
const http_response app_reply{
    200, {}, R"({"client_id":"cli_0123456789abcdef","client_secret":"0123456789abcdefghijklmnopqrstuv"})"};

/// The begin reply, two pending ones, the app: by how often a registration has asked.
const http_response& reply_number(unsigned n) { return n == 0 ? begin_reply : n < 3 ? pending_reply : app_reply; }

class lean_loop final : public injected::event_loop {
public:
    void start_request(injected::request_handle id, http_request request) override {
        const bool begins = request.body.starts_with("action=begin");
        const auto slot = static_cast<std::uint32_t>(static_cast<std::uint64_t>(id));
        if (slot >= asked_.size()) asked_.resize(slot + 1);
        if (begins) asked_[slot] = 0;
        under_way_.push_back({now_ + 50ms, id, asked_[slot]++});
    }
    void abandon_request(injected::request_handle) noexcept override {}
    void arm_timer(time_point deadline) override { timer_ = deadline; }
    void disarm_timer() override { timer_.reset(); }
    time_point now() override { return now_; }

    /// Until the set is empty, or time is up.
    void run(injected::flow_set& set, time_point until) {
        while (!set.empty()) {
            const bool answered = !under_way_.empty() && (!timer_ || under_way_.front().at <= *timer_);
            const auto next = answered ? under_way_.front().at : timer_.value();
            if (next > until) return;
            now_ = std::max(now_, next);
            if (answered) {
                const auto a = under_way_.front();
                under_way_.pop_front();
                deliver(a.id, reply_number(a.number));
            } else {
                timer_.reset();
                timer_expired();
            }
        }
    }

private:
    struct answer {
        time_point at;
        injected::request_handle id;
        unsigned number;
    };
    std::deque<answer> under_way_;  // all take equally long
    std::vector<unsigned> asked_;   // by slot
    std::optional<time_point> timer_;
    time_point now_ = from_origin(1000s);
};

double cpu_seconds() {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/// The same registrations one after the other, by hand: what the flows and the copies of requests and replies cost
/// alone.
double flows_alone(std::size_t count) {
    const auto start = cpu_seconds();
    for (std::size_t i = 0; i < count; ++i) {
        registration::flow f{{.check_auth_methods = false}};
        auto now = from_origin(1000s);
        unsigned asked = 0;
        while (f.result() == nullptr) {
            const auto out = f.poll_output(now);
            if (const auto* request = std::get_if<registration::send_request>(&out)) {
                const auto copy = injected::to_http_request(*request);
                const auto id = request->request_id;
                const auto reply = reply_number(asked++);
                f.handle_response(id, now, reply);
            } else if (const auto* wait = std::get_if<registration::wait_until>(&out)) {
                f.handle_time(now = wait->deadline);
            } else if (const auto* qr = std::get_if<registration::qr_code_ready>(&out)) {
                static_cast<void>(injected::to_qr_code(*qr, now));
            }
        }
    }
    return cpu_seconds() - start;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
    const auto alone = flows_alone(count);

    const auto heap_before = bench::heap_bytes();
    const auto start = cpu_seconds();
    lean_loop loop;
    injected::flow_set set{loop, {.max_starts_per_second = 0}};
    std::size_t apps = 0;
    std::size_t finished = 0;
    for (std::size_t i = 0; i < count; ++i)
        set.add({.on_qr_code = [](const auto&) {},
                 .on_finished =
                     [&](const auto& result, const auto&) {
                         ++finished;
                         apps += std::holds_alternative<registration::app>(result);
                     }},
                {.check_auth_methods = false});
    loop.run(set, loop.now() + 4s);  // all wait between their first poll and the second
    const auto waiting = (bench::heap_bytes() - heap_before) / count;
    loop.run(set, time_point::max());
    const auto took = cpu_seconds() - start;
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    std::printf(
        "{\"n\":%zu,\"finished\":%zu,\"apps\":%zu,\"cpu_us\":%.2f,\"cpu_us_flows_alone\":%.2f,\"waiting_bytes\":%zu,"
        "\"peak_rss_kb\":%ld}\n",
        count, finished, apps, took / static_cast<double>(count) * 1e6, alone / static_cast<double>(count) * 1e6,
        waiting, use.ru_maxrss);
    return apps == count ? 0 : 1;
}
