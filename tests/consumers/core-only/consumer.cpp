// SPDX-License-Identifier: MIT
// The core and the seam alone, over a transport of the program's own (which here knows one answer).
#include <lark/injected.hpp>

#include <iostream>

int main() {
    lark::injected::function_client client{[](const lark::http_request&, std::stop_token) -> lark::http_result {
        return lark::transport_failure{lark::transport_failure_kind::name_unknown, "no network in this test"};
    }};
    try {
        static_cast<void>(lark::register_app({.on_qr_code = [](const auto&) {}}, {}, client));
    } catch (const lark::register_app_error& e) {
        if (e.code() != "network_error") return 1;
        std::cout << "consumer: all good\n";
        return 0;
    }
    return 1;
}
