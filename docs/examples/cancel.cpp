// SPDX-License-Identifier: MIT
// Cancelled from another thread: a stop token ends the call at once, whatever it is at.
#include "arguments.hpp"

#include <lark/poco.hpp>

#include <iostream>
#include <stop_token>
#include <thread>

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    std::stop_source stop;
    std::thread other;  // a user who cancels: here as soon as the link is there
    int status = 1;
    try {
        const auto app =
            lark::register_app({.on_qr_code = [&](const auto&) { other = std::thread{[&] { stop.request_stop(); }}; }},
                               args.options, {.ca_file = args.ca_file}, stop.get_token());
        std::cout << app.client_id << "\n";
    } catch (const lark::register_app_error& e) {
        std::cout << e.code() << "\n";
        status = e.code() == "abort" ? 0 : 1;
    }
    if (other.joinable()) other.join();
    return status;
}
