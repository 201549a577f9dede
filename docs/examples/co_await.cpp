// SPDX-License-Identifier: MIT
// From any coroutine: co_await a registration in the background. The coroutine goes on where the registration ends.
#include "arguments.hpp"

#include <lark/poco.hpp>

#include <coroutine>
#include <exception>
#include <future>
#include <iostream>

namespace {

/// The least that a coroutine needs. A program with coroutines has such a type already.
struct background {
    struct promise_type {
        background get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

background report(lark::registration_handle& registration, std::promise<int>& status) {
    int result = 0;
    try {
        const auto app = co_await registration;  // lark::injected::until(registration, stop) takes a stop token
        std::cout << app.client_id << "\n";
    } catch (const lark::register_app_error& e) {
        std::cerr << e.what() << "\n";
        result = 1;
    }
    status.set_value(result);
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    auto registration =
        lark::register_app_async({.on_qr_code = [](const auto& qr) { std::cerr << "Scan: " << qr.url << "\n"; }},
                                 args.options, {.ca_file = args.ca_file});
    std::promise<int> status;
    report(registration, status);  // returns as soon as it waits
    return status.get_future().get();
}
