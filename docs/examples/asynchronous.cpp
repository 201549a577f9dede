// SPDX-License-Identifier: MIT
// In the background: a handle to wait for, while this thread does something else.
#include "arguments.hpp"

#include <lark/poco.hpp>

#include <chrono>
#include <iostream>

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    // Callbacks run on a thread of the registration. A GUI gives `.post` to have them on its own.
    auto registration =
        lark::register_app_async({
                                     .on_qr_code = [](const auto& qr) { std::cerr << "Scan: " << qr.url << "\n"; },
                                     .on_finished = [](const auto&) { std::cerr << "over\n"; },
                                 },
                                 args.options, {.ca_file = args.ca_file});
    try {
        while (registration.wait_for(std::chrono::milliseconds{200}) != std::future_status::ready) std::cerr << ".";
        std::cout << registration.get().client_id << "\n";
    } catch (const lark::register_app_error& e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
}
