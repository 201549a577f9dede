// SPDX-License-Identifier: MIT
#pragma once
// flow_set over Qt's event loop, with QNetworkAccessManager and one QTimer: for the examples over Qt.

#include <lark/injected.hpp>

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QTimer>

#include <map>
#include <string>

class qt_loop final : public lark::injected::event_loop {
public:
    explicit qt_loop(const std::string& ca_file) {
        if (!ca_file.empty()) tls_.setCaCertificates(QSslCertificate::fromPath(QString::fromStdString(ca_file)));
        timer_.setSingleShot(true);
        timer_.setTimerType(Qt::PreciseTimer);
        QObject::connect(&timer_, &QTimer::timeout, [this] { timer_expired(); });
    }

    void start_request(lark::injected::request_handle id, lark::http_request request) override {
        QNetworkRequest out{QUrl{QString::fromStdString(request.url)}};
        out.setSslConfiguration(tls_);
        out.setTransferTimeout(static_cast<int>(request.timeout.count()));
        out.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
        for (const auto& h : request.headers)
            out.setRawHeader(QByteArray::fromStdString(h.name), QByteArray::fromStdString(h.value));
        QNetworkReply* reply = manager_.sendCustomRequest(out, QByteArray::fromStdString(request.method),
                                                          QByteArray::fromStdString(request.body));
        reply->setReadBufferSize(body_cap + 1);  // Qt stops reading there, and the transfer times out
        replies_[id] = reply;
        QObject::connect(reply, &QNetworkReply::finished, [this, id, reply] { finished(id, reply); });
    }

    void abandon_request(lark::injected::request_handle id) noexcept override {
        // Out of the table first: `abort` emits `finished`, which then delivers nothing.
        if (const auto found = replies_.extract(id)) found.mapped()->abort();
    }

    void arm_timer(lark::time_point deadline) override { timer_.start(time_until(deadline)); }
    void disarm_timer() override { timer_.stop(); }

private:
    static constexpr qint64 body_cap = 256 * 1024;

    void finished(lark::injected::request_handle id, QNetworkReply* reply) {
        reply->deleteLater();
        if (replies_.erase(id) == 0) return;  // abandoned
        const auto status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
        const bool whole =
            reply->error() == QNetworkReply::NoError || reply->error() >= QNetworkReply::ContentAccessDenied;
        if (!status.isValid() || !whole) {  // Qt also calls HTTP 400 an error; for the core it is a reply
            deliver(id, lark::transport_failure{kind_of(reply->error()), reply->errorString().toStdString()});
            return;
        }
        lark::http_response response{status.toInt(), {}, reply->readAll().toStdString()};
        for (const auto& [name, value] : reply->rawHeaderPairs())
            response.headers.push_back({name.toStdString(), value.toStdString()});
        deliver(id, std::move(response));
    }

    static lark::transport_failure_kind kind_of(QNetworkReply::NetworkError error) {
        using kind = lark::transport_failure_kind;
        switch (error) {
        case QNetworkReply::HostNotFoundError: return kind::name_unknown;
        case QNetworkReply::ConnectionRefusedError: return kind::connect;
        case QNetworkReply::TimeoutError:
        case QNetworkReply::OperationCanceledError: return kind::timeout;
        case QNetworkReply::SslHandshakeFailedError: return kind::certificate;
        case QNetworkReply::ProxyConnectionRefusedError:
        case QNetworkReply::ProxyNotFoundError:
        case QNetworkReply::ProxyAuthenticationRequiredError: return kind::proxy;
        case QNetworkReply::ProtocolUnknownError:
        case QNetworkReply::ProtocolFailure: return kind::protocol;
        default: return kind::cut;
        }
    }

    QSslConfiguration tls_ = QSslConfiguration::defaultConfiguration();
    QNetworkAccessManager manager_;
    QTimer timer_;
    std::map<lark::injected::request_handle, QNetworkReply*> replies_;
};
