// SPDX-License-Identifier: MIT
// libcurl's multi interface with its own loop: many registrations on one thread over flow_set.
// `curl_multi [DOMAIN LARK_DOMAIN [CA_FILE [COUNT]]]`
#include "arguments.hpp"
#include "curl_exchange.hpp"

#include <lark/injected.hpp>

#include <curl/curl.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>

namespace {

using lark::injected::request_handle;

/// The event-loop half of the seam: transfers by handle, and one deadline.
class curl_loop final : public lark::injected::runnable_event_loop {
public:
    explicit curl_loop(std::string ca_file) : ca_file_(std::move(ca_file)) {
        curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000L);  // of HTTP/2; the server may allow fewer
    }

    ~curl_loop() override {
        while (!transfers_.empty()) drop(transfers_.begin());
        curl_multi_cleanup(multi_);
    }

    void start_request(request_handle id, lark::http_request request) override {
        const auto at = transfers_.try_emplace(id).first;
        auto& [handle, exchange] = at->second;
        exchange.begin(handle, request, ca_file_);
        curl_easy_setopt(handle, CURLOPT_PRIVATE, &*at);
        // Over HTTP/2, which libcurl negotiates by itself, all requests to a host share one connection.
        curl_easy_setopt(handle, CURLOPT_PIPEWAIT, 1L);
        curl_multi_add_handle(multi_, handle);
    }

    void abandon_request(request_handle id) noexcept override {
        if (const auto found = transfers_.find(id); found != transfers_.end()) drop(found);
    }

    void arm_timer(lark::time_point deadline) override { deadline_ = deadline; }
    void disarm_timer() override { deadline_ = lark::time_point::max(); }

    void run_once() override {
        curl_multi_poll(multi_, nullptr, 0, static_cast<int>(time_until(deadline_).count()), nullptr);
        int count = 0;
        curl_multi_perform(multi_, &count);
        while (CURLMsg* message = curl_multi_info_read(multi_, &count)) {  // what has arrived comes before time
            transfers::value_type* done = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &done);
            const auto id = done->first;
            auto result = done->second.exchange.end(message->easy_handle, message->data.result);
            abandon_request(id);
            deliver(id, std::move(result));
        }
        if (deadline_ <= now()) {
            disarm_timer();
            timer_expired();
        }
    }

    void wake() noexcept override { curl_multi_wakeup(multi_); }

private:
    struct transfer {
        CURL* handle = curl_easy_init();
        curl_exchange exchange{};
    };
    using transfers = std::map<request_handle, transfer>;

    void drop(transfers::iterator at) noexcept {
        curl_multi_remove_handle(multi_, at->second.handle);
        curl_easy_cleanup(at->second.handle);
        transfers_.erase(at);
    }

    std::string ca_file_;
    CURLM* multi_ = curl_multi_init();
    transfers transfers_;
    lark::time_point deadline_ = lark::time_point::max();
};

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int failed = 0;
    {
        curl_loop loop{args.ca_file};
        lark::injected::flow_set set{loop};
        const int count = argc > 4 ? std::atoi(argv[4]) : 3;
        for (int i = 0; i < count; ++i)
            set.add({.on_qr_code = [i](const auto& qr) { std::cerr << i << ": open " << qr.url << "\n"; },
                     .on_finished =
                         [&, i](const auto& outcome, std::exception_ptr) {
                             const auto* app = std::get_if<lark::registration::app>(&outcome);
                             failed += app == nullptr;
                             std::cout << i << ": " << (app ? app->client_id : "no app") << "\n";
                         }},
                    args.options);
        while (!set.empty()) loop.run_once();
    }
    curl_global_cleanup();
    return failed == 0 ? 0 : 1;
}
