// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/http_client.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lark::injected::testing {

/// A client with prepared answers and a clock that jumps: it records the requests, in order.
class scripted_client final : public http_client {
public:
    using answer = std::function<http_result(const http_request&, std::stop_token)>;

    [[nodiscard]] http_result send(const http_request& request, std::stop_token stop) override {
        log.push_back("send " + request.body.substr(0, request.body.find('&')));
        requests.push_back(request);
        if (requests.size() > answers.size()) throw std::logic_error{"one request more than the test foresees"};
        return answers[requests.size() - 1](request, stop);
    }

    [[nodiscard]] time_point now() override { return clock; }

    void sleep_until(time_point deadline, std::stop_token stop) override {
        log.push_back("sleep " + std::to_string((deadline - clock) / std::chrono::milliseconds{1}));
        // A clock that is read moves on a little, so a sleep that is rounded down gets nearer each time.
        clock = early == duration{} ? deadline : std::max(clock + std::chrono::microseconds{1}, deadline - early);
        if (on_sleep) on_sleep(stop);
    }

    /// The next request gets this reply.
    void reply(std::string body, int status = 200) {
        answers.push_back([=](const http_request&, const std::stop_token&) -> http_result {
            return http_response{status, {}, body};
        });
    }
    void fail(transport_failure_kind kind, std::string detail) {
        answers.push_back([=](const http_request&, const std::stop_token&) -> http_result {
            return transport_failure{kind, detail};
        });
    }

    std::vector<answer> answers;
    std::vector<http_request> requests;
    std::vector<std::string> log;  ///< the events, those of handlers included if they write here
    time_point clock = from_origin(std::chrono::hours{3});
    std::function<void(std::stop_token)> on_sleep;
    duration early{};  ///< how much too early a sleep returns
};

}  // namespace lark::injected::testing
