// SPDX-License-Identifier: MIT
// The link as an HTML page with the QR code in SVG, for a web server or a file to open in a browser.
#include "arguments.hpp"

#include <lark/poco.hpp>
#include <lark/qr.hpp>

#include <fstream>
#include <iostream>
#include <string>

namespace {

/// The link is the service's: it may hold anything that a URL may.
std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string page(const lark::registration::qr_code& qr) {
    auto svg = lark::qr::to_svg(lark::qr::code{qr.url}, {.module_pixels = 5});
    svg.erase(0, svg.find("<svg"));  // inside HTML, without the XML head
    return "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Register the app</title>\n<h1>Scan with "
           "Feishu or Lark</h1>\n" +
           svg + "\n<p>or open <a href=\"" + escaped(qr.url) + "\">this link</a> and compare the code <b>" +
           escaped(qr.user_code) + "</b></p>\n<p>Only approve what you started yourself.</p></html>\n";
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    const auto write = [](const lark::registration::qr_code& qr) {
        std::ofstream{"register.html"} << page(qr);
        std::cerr << "Open register.html\n";
    };
    try {
        std::cout << lark::register_app({.on_qr_code = write}, args.options, {.ca_file = args.ca_file}).client_id
                  << "\n";
    } catch (const lark::register_app_error& e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
}
