// SPDX-License-Identifier: MIT
// libcurl, blocking: one function of the seam, and register_app runs over it.
#include "arguments.hpp"
#include "curl_exchange.hpp"

#include <lark/injected.hpp>

#include <curl/curl.h>

#include <iostream>
#include <memory>
#include <stop_token>

namespace {

/// One easy handle, so that libcurl keeps the connection between polls.
class curl_client final : public lark::injected::http_client {
public:
    explicit curl_client(std::string ca_file) : ca_file_(std::move(ca_file)) {}

    lark::http_result send(const lark::http_request& request, std::stop_token stop) override {
        exchange_.begin(handle_.get(), request, ca_file_);
        // libcurl calls this with every byte, and once a second while nothing happens.
        curl_easy_setopt(handle_.get(), CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(handle_.get(), CURLOPT_XFERINFODATA, &stop);
        curl_easy_setopt(handle_.get(), CURLOPT_XFERINFOFUNCTION, &curl_client::should_end);
        return exchange_.end(handle_.get(), curl_easy_perform(handle_.get()));
    }

private:
    static int should_end(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
    }

    struct cleanup {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };

    std::string ca_file_;
    std::unique_ptr<CURL, cleanup> handle_{curl_easy_init()};
    curl_exchange exchange_;
};

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    try {
        curl_client client{args.ca_file};
        const auto app =
            lark::register_app({
                                   .on_qr_code = [](const auto& qr) { std::cerr << "Open: " << qr.url << "\n"; },
                                   .on_status_change = [](const auto& s) { std::cerr << s.status << "\n"; },
                               },
                               args.options, client);
        std::cout << app.client_id << "\n";
    } catch (const std::exception& e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
    curl_global_cleanup();
}
