// SPDX-License-Identifier: MIT
// Ctrl-C and SIGTERM end the registration in good order: a thread waits for them and requests the stop. A signal
// handler must not: request_stop() may lock, allocate, and run other code.
#include "arguments.hpp"

#include <lark/poco.hpp>

#include <csignal>
#include <iostream>
#include <stop_token>
#include <thread>

int main(int argc, char** argv) {
    const arguments args{argc, argv};

    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the first thread, which inherits it
    std::stop_source stop;
    std::thread waiter{[&] {
        int signal = 0;
        sigwait(&signals, &signal);
        stop.request_stop();
    }};

    int status = 0;
    try {
        const auto show = [](const auto& qr) {
            std::cerr << "Scan: " << qr.url << "\n";
            std::cout << "Ctrl-C gives up" << std::endl;
        };
        const auto app =
            lark::register_app({.on_qr_code = show}, args.options, {.ca_file = args.ca_file}, stop.get_token());
        std::cout << app.client_id << "\n";
    } catch (const lark::register_app_error& e) {
        std::cout << e.code() << "\n";
        if (e.code() == "abort") std::cerr << "Do not approve the link any more: that app's secret would be lost.\n";
        status = 1;
    }
    pthread_kill(waiter.native_handle(), SIGTERM);  // it may still wait
    waiter.join();
    return status;
}
