// SPDX-License-Identifier: MIT
// A Qt window with QR code, time left and a Cancel button. `qt_window [DOMAIN LARK_DOMAIN [CA_FILE]]`; with
// LARK_PICTURE=FILE the window is saved as a picture once the link is there.
#include "arguments.hpp"
#include "qt_loop.hpp"

#include <lark/qr.hpp>
#include <lark/text.hpp>

#include <QApplication>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include <iostream>
#include <optional>

namespace {

QPixmap picture_of(const std::string& url) {
    constexpr int scale = 4;
    constexpr int margin = 4;  // modules of quiet zone (ISO/IEC 18004)
    const lark::qr::code code{url};
    const int side = code.modules();
    QPixmap out{(side + 2 * margin) * scale, (side + 2 * margin) * scale};
    out.fill(Qt::white);
    QPainter painter{&out};
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            if (code.dark(y, x)) painter.fillRect((x + margin) * scale, (y + margin) * scale, scale, scale, Qt::black);
    return out;
}

class window final : public QWidget {
public:
    window(lark::injected::flow_set& set, const lark::registration::options& options) : set_(set) {
        setWindowTitle("Register an app");
        auto* const layout = new QVBoxLayout{this};
        for (QLabel* const label : {&code_, &link_, &state_}) {
            label->setAlignment(Qt::AlignCenter);
            layout->addWidget(label);
        }
        link_.setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(&cancel_);
        QObject::connect(&cancel_, &QPushButton::clicked,
                         [this] { end("Cancelled. Do not approve the link any more."); });
        QObject::connect(&second_, &QTimer::timeout, [this] { show_time_left(); });
        state_.setText("Getting the link");
        registration_ = set_.add({.on_qr_code = [this](const auto& qr) { show_link(qr); },
                                  .on_status_change =
                                      [this](const auto& s) {
                                          if (s.status == lark::registration::status::retrying)
                                              state_.setText(text(lark::printable(s.reason)));
                                      },
                                  .on_finished = [this](const auto& outcome, std::exception_ptr) { finish(outcome); }},
                                 options);
    }

private:
    static QString text(const std::string& s) { return QString::fromStdString(s); }

    void show_link(const lark::registration::qr_code& qr) {
        code_.setPixmap(picture_of(qr.url));
        link_.setText(text(lark::printable(qr.user_code.empty() ? qr.url : qr.user_code)));
        left_ = qr.expire_in;
        second_.start(1000);
        show_time_left();
        if (const auto file = qEnvironmentVariable("LARK_PICTURE"); !file.isEmpty())
            QTimer::singleShot(0, [this, file] { grab().save(file, "PNG"); });
    }

    void show_time_left() {
        state_.setText(
            QString{"Scan with Feishu or Lark. %1 s left. Approve only what you began yourself."}.arg(left_.count()));
        if (left_ > std::chrono::seconds{0}) --left_;
    }

    void finish(const lark::registration::outcome& outcome) {
        registration_.reset();
        const auto* const app = std::get_if<lark::registration::app>(&outcome);
        if (app == nullptr)
            return end(text(lark::printable(std::get<lark::registration::failure>(outcome).description)));
        std::cout << app->client_id << std::endl;
        end("Registered: " + text(app->client_id));
        QApplication::exit(0);
    }

    void end(const QString& words) {
        if (registration_) set_.cancel(*registration_);
        registration_.reset();
        second_.stop();
        cancel_.setEnabled(false);
        code_.clear();
        link_.clear();
        state_.setText(words);
    }

    lark::injected::flow_set& set_;
    std::optional<lark::injected::registration_id> registration_;
    QLabel code_;
    QLabel link_;
    QLabel state_;
    QPushButton cancel_{"Cancel"};
    QTimer second_;
    std::chrono::seconds left_{};
};

}  // namespace

int main(int argc, char** argv) {
    QApplication qt{argc, argv};
    const arguments args{argc, argv};
    qt_loop loop{args.ca_file};
    lark::injected::flow_set set{loop};
    window main_window{set, args.options};
    main_window.show();
    return QApplication::exec();
}
