// SPDX-License-Identifier: MIT
// The link as a QR code in the terminal, with what RFC 8628 wants to stand beside it.
#include "arguments.hpp"

#include <lark/poco.hpp>
#include <lark/qr.hpp>

#include <iostream>

namespace {

void show(const lark::registration::qr_code& qr) {
    constexpr int columns = 80;
    const lark::qr::code code{qr.url};
    if (lark::qr::terminal_columns(code) <= columns) std::cerr << lark::qr::to_terminal(code);
    else std::cerr << "(a QR code of version " << code.version() << " does not fit " << columns << " columns)\n";
    std::cerr << "Link:  " << qr.url << "\nCode:  " << qr.user_code << "\nValid: " << qr.expire_in.count() / 60
              << " minutes\nOnly approve what you started yourself.\n";
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    try {
        std::cout << lark::register_app({.on_qr_code = show}, args.options, {.ca_file = args.ca_file}).client_id
                  << "\n";
    } catch (const lark::register_app_error& e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
}
