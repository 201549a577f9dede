// SPDX-License-Identifier: MIT
// Many registrations at once: a registrar runs them all on one thread, over a few connections.
#include "arguments.hpp"

#include <lark/poco.hpp>

#include <iostream>
#include <vector>

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    constexpr int count = 20;
    int failed = 0;
    lark::poco::registrar registrar{{.ca_file = args.ca_file}};
    std::vector<lark::registration_handle> registrations;
    for (int i = 0; i < count; ++i)
        // The callbacks of all of them come from the registrar's one thread, so they need no lock among themselves.
        registrations.push_back(registrar.start(
            {.on_qr_code = [i](const auto& qr) { std::cerr << i << ": scan " << qr.url << "\n"; }}, args.options));
    for (auto& registration : registrations) {
        try {
            std::cout << registration.get().client_id << "\n";
        } catch (const lark::register_app_error& e) {
            // A failure does not affect the others.
            std::cerr << e.what() << "\n";
            ++failed;
        }
    }
    std::cout << count - failed << " of " << count << "\n";
    return failed == 0 ? 0 : 1;
}
