// SPDX-License-Identifier: MIT
// The shortest way: blocking, over the Poco transport.
#include "arguments.hpp"

#include <lark/poco.hpp>

#include <iostream>

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    try {
        auto app = lark::register_app({
                                          .on_qr_code = [](const auto& qr) { std::cerr << "Scan: " << qr.url << "\n"; },
                                          .on_status_change = [](const auto& s) { std::cerr << s.status << "\n"; },
                                      },
                                      args.options, {.ca_file = args.ca_file});
        std::cout << app.client_id << "\n";
    } catch (const lark::app_access_denied_error&) {
        std::cerr << "The user said no.\n";
        return 1;
    } catch (const lark::app_expired_error&) {
        std::cerr << "Nobody decided in time. Run it again for a new code.\n";
        return 1;
    } catch (const lark::register_app_error& e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
}
