// SPDX-License-Identifier: MIT
#pragma once

#include <lark/injected/http_client.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace lark::injected::test {

/// A transport with replies from the test, on a clock that jumps. Requests are answered by `on` for their path, and
/// recorded; all under one mutex, so that several threads may use it.
class scripted_client final : public http_client {
public:
    using answer = std::function<http_result(const http_request&, std::stop_token)>;

    http_result send(const http_request& request, std::stop_token stop) override {
        answer by;
        {
            const std::lock_guard lock{mutex_};
            sent_.push_back(request);
            auto& queue = answers_[path_of(request.url)];
            if (!queue.empty()) {
                by = queue.front();
                if (queue.size() > 1) queue.pop_front();  // the last one stays
            }
            arrived_.notify_all();
        }
        if (!by)
            return transport_failure{transport_failure_kind::protocol, "no answer is written down for " + request.url};
        return by(request, std::move(stop));
    }

    time_point now() override {
        const std::lock_guard lock{mutex_};
        return now_;
    }

    void sleep_until(time_point deadline, std::stop_token stop) override {
        const std::lock_guard lock{mutex_};
        if (on_sleep) on_sleep();
        if (stop.stop_requested()) return;
        slept_.push_back(deadline - now_);
        if (deadline > now_) now_ = deadline;
    }

    /// The next answer for requests to that path; the last one is used again and again.
    void on(const std::string& path, answer by) {
        const std::lock_guard lock{mutex_};
        answers_[path].push_back(std::move(by));
    }
    void on(const std::string& path, http_result result) {
        on(path, [result = std::move(result)](const http_request&, std::stop_token) { return result; });
    }
    void forget(const std::string& path) {
        const std::lock_guard lock{mutex_};
        answers_.erase(path);
    }

    void pass(duration d) {
        const std::lock_guard lock{mutex_};
        now_ += d;
    }

    std::vector<http_request> sent(const std::string& path = {}) {
        const std::lock_guard lock{mutex_};
        std::vector<http_request> found;
        for (const auto& request : sent_)
            if (path.empty() || path_of(request.url) == path) found.push_back(request);
        return found;
    }

    std::vector<duration> slept() {
        const std::lock_guard lock{mutex_};
        return slept_;
    }

    /// Waits for that many requests in all; false if they do not come.
    bool wait_for_requests(std::size_t count) {
        std::unique_lock lock{mutex_};
        return arrived_.wait_for(lock, std::chrono::seconds{20}, [&] { return sent_.size() >= count; });
    }

    std::function<void()> on_sleep{};  ///< called in every sleep; set before use

private:
    static std::string path_of(const std::string& url) {
        const auto host = url.find("://") + 3;
        const auto begin = url.find('/', host);
        return url.substr(begin, url.find('?') - begin);
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::map<std::string, std::deque<answer>> answers_;
    std::vector<http_request> sent_;
    std::vector<duration> slept_;
    time_point now_ = from_origin(std::chrono::hours{1});
};

}  // namespace lark::injected::test
