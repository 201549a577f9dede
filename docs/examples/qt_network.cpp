// SPDX-License-Identifier: MIT
// Qt 6 Network: flow_set over Qt's event loop (qt_loop.hpp).
#include "arguments.hpp"
#include "qt_loop.hpp"

#include <QCoreApplication>

#include <iostream>

int main(int argc, char** argv) {
    QCoreApplication qt{argc, argv};
    const arguments args{argc, argv};
    qt_loop loop{args.ca_file};
    lark::injected::flow_set set{loop};
    set.add({.on_qr_code = [](const auto& qr) { std::cerr << "Open: " << qr.url << "\n"; },
             .on_finished =
                 [](const auto& outcome, std::exception_ptr) {
                     const auto* app = std::get_if<lark::registration::app>(&outcome);
                     std::cout << (app ? app->client_id : "no app") << "\n";
                     QCoreApplication::exit(app ? 0 : 1);
                 }},
            args.options);
    return qt.exec();
}
