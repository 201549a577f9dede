// SPDX-License-Identifier: MIT
// A user's program over every library but the tool's: it registers over the fake, draws the code, and names a type of
// the Poco transport.
#include <lark/fake.hpp>
#include <lark/injected.hpp>
#include <lark/poco.hpp>
#include <lark/qr.hpp>

#include <iostream>
#include <string>

int main() {
    lark::fake::accounts_service service{{.approve_after = std::chrono::minutes{1}}};
    lark::fake::http_client client{service};
    std::string picture;
    const auto app =
        lark::register_app({.on_qr_code = [&](const auto& qr) { picture = lark::qr::to_svg(lark::qr::code{qr.url}); }},
                           {.source = "consumer"}, client);
    if (app.client_id.empty() || picture.empty()) return 1;

    // An exception of the shared library is caught as what it is.
    try {
        static_cast<void>(
            lark::register_app({.on_qr_code = [](const auto&) {}}, {.domain = "nonsense"}, lark::poco::http_options{}));
        return 1;
    } catch (const lark::registration::invalid_option& e) {
        if (e.option() != "domain") return 1;
    }
    lark::fake::accounts_service strict{{.deny_after = std::chrono::seconds{1}}};
    lark::fake::http_client denied{strict};
    try {
        static_cast<void>(lark::register_app({.on_qr_code = [](const auto&) {}}, {}, denied));
        return 1;
    } catch (const lark::app_access_denied_error&) {
        std::cout << "consumer: all good\n";
    }
}
