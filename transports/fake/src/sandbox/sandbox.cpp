// SPDX-License-Identifier: MIT
#include <lark/fake/sandbox.hpp>

#include "../accounts_model.hpp"
#include "../open_model.hpp"
#include "certificate.hpp"
#include "dashboard.hpp"
#include "exchange_view.hpp"
#include "loopback_server.hpp"
#include "page.hpp"

#include <Poco/Exception.h>
#include <Poco/String.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <stdexcept>

namespace lark::fake {

namespace {

service_options with_randomness(service_options options) {
    // Real randomness: what is handed out here can be reached by every program on the machine.
    if (!options.random) {
        options.random = [device = std::make_shared<std::random_device>()] {
            return std::uint64_t{(*device)()} << 32 | (*device)();
        };
    }
    return options;
}

std::string_view target_path(std::string_view target) noexcept { return target.substr(0, target.find_first_of("?#")); }

/// True if the `Host` header names this machine from within. A page on the web that had its name resolve to 127.0.0.1
/// would still send its own name (DNS rebinding).
bool from_loopback(const http_request& request, std::uint16_t port) {
    const auto host = find_header(request.headers, "Host");
    if (!host) return false;
    const std::string given = Poco::toLower(std::string(*host));
    for (const char* name : {"127.0.0.1", "localhost", "[::1]"}) {
        if (given == std::string{name} + ':' + std::to_string(port)) return true;
        if (given == name && (port == 80 || port == 443)) return true;
    }
    return false;
}

/// A fault may bring its own `Connection: close`, which is then meant.
wire_reply on_wire(const http_response& response, bool keep_alive) {
    const auto connection = find_header(response.headers, "Connection");
    const bool close = connection && Poco::icompare(std::string(*connection), "close") == 0;
    return {to_wire(response, keep_alive), {}, close ? afterwards::close : afterwards::keep};
}

http_response plain_text(int status, const std::string& text) {
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, text + "\n"};
}

/// A transport failure, as the other end of the wire sees it.
wire_reply failure_on_wire(transport_failure_kind kind) {
    using kinds = transport_failure_kind;
    constexpr std::size_t too_large = 1024 * 1024;
    switch (kind) {
    case kinds::timeout: return {"", {}, afterwards::hold};
    case kinds::cut:
        return {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"error\":",
                {},
                afterwards::cut};
    case kinds::protocol: return {"This is not HTTP.\r\n\r\n", {}, afterwards::close};
    case kinds::too_large: return {to_wire({200, {}, std::string(too_large, ' ')}, false), {}, afterwards::close};
    case kinds::name_unknown:
    case kinds::name_temporary:
    case kinds::connect:
    case kinds::certificate:
    case kinds::tls:
    case kinds::proxy: break;
    }
    return {"", {}, afterwards::cut};
}

}  // namespace

class sandbox::impl {
public:
    explicit impl(sandbox_options options)
        : service_(with_randomness(std::move(options.service))),
          replay_(std::move(options.replay)),
          on_exchange_(std::move(options.on_exchange)),
          server_(options.port, options.lark_port, make_context(options)) {
        const std::string scheme = options.tls ? "https://127.0.0.1:" : "http://127.0.0.1:";
        url_ = scheme + std::to_string(server_.port(host_role::feishu));
        lark_url_ = scheme + std::to_string(server_.port(host_role::lark));
        service_.options().verification_page = url_ + "/page/launcher";
        if (on_exchange_) view_.emplace(url_, lark_url_);
        if (replay_) replay_->set_verification_page(url_ + "/page/launcher");
        server_.start([this](host_role host, const wire_request& request) { return handle(host, request); });
    }

    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    [[nodiscard]] const std::string& lark_url() const noexcept { return lark_url_; }
    [[nodiscard]] const std::filesystem::path& ca_file() const noexcept { return ca_file_; }
    [[nodiscard]] wire_counters wire(host_role host) const noexcept { return server_.counters(host); }

    template <class F>
    auto with_service(F&& use) {
        const std::lock_guard lock(mutex_);
        return use(service_, loopback_server::now());
    }

    bool wait_for_requests(std::uint64_t count, std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        return asked_.wait_for(lock, limit, [&] { return service_.counters().total() >= count; });
    }

private:
    ssl_context make_context(const sandbox_options& options) {
        if (options.certificate.empty() != options.key.empty()) {
            throw std::invalid_argument("sandbox: certificate and key need each other");
        }
        if (!options.certificate.empty() && !options.tls)
            throw std::invalid_argument("sandbox: a certificate needs tls");
        if (!options.tls) return nullptr;
        if (!options.certificate.empty()) {
            ca_file_ = options.certificate;
            return load_certificate(options.certificate, options.key);
        }
        auto made = make_certificate();
        made_ca_file_.emplace("ca.pem", made.ca_pem);
        ca_file_ = made_ca_file_->path();
        return std::move(made.context);
    }

    wire_reply handle(host_role host, const wire_request& wire) {
        const auto answer = [&](const http_response& response) { return on_wire(response, wire.keep_alive); };
        const auto& request = wire.request;
        if (!from_loopback(request, server_.port(host)))
            return answer(plain_text(403, "The Host header must name 127.0.0.1, localhost or [::1] with the port."));
        const auto path = target_path(request.url);
        const std::lock_guard lock(mutex_);
        const auto now = loopback_server::now();
        if (decision_page::serves(path)) return answer(page_.handle(request, service_, now));
        if (path == "/")
            return answer(show_dashboard(request, service_, host == host_role::feishu ? url_ : lark_url_, now));
        if (path == records_path) return answer(show_records(request, service_, now));
        if (!accounts_model::serves(path) && !open_model::serves(path))
            return answer(plain_text(404, "There is nothing here."));
        auto reply = replay_ ? replay_->handle(host, request, now) : service_.handle(host, request, now);
        asked_.notify_all();
        if (view_) {
            if (const auto event = view_->describe(host, request, reply)) on_exchange_(*event);
        }
        const auto* response = std::get_if<http_response>(&reply.result);
        auto out = response ? answer(*response) : failure_on_wire(std::get<transport_failure>(reply.result).kind);
        out.delay = reply.delay;
        return out;
    }

    std::optional<temporary_file> made_ca_file_;
    std::filesystem::path ca_file_;
    std::string url_;
    std::string lark_url_;
    std::mutex mutex_;  // of the service
    std::condition_variable asked_;
    accounts_service service_;
    std::optional<fake::replay> replay_;
    std::function<void(const registration::trace_event&)> on_exchange_;
    std::optional<exchange_view> view_;
    decision_page page_;
    loopback_server server_;  // last: its thread ends before what it uses
};

sandbox::sandbox(sandbox_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
sandbox::~sandbox() = default;

const std::string& sandbox::url() const noexcept { return impl_->url(); }
const std::string& sandbox::lark_url() const noexcept { return impl_->lark_url(); }
const std::filesystem::path& sandbox::ca_file() const noexcept { return impl_->ca_file(); }

open_platform::client_options sandbox::client_options(const registration::app& app) const {
    const bool on_lark = open_platform::domain_of(app) == open_platform::lark_domain;
    return {.domain = on_lark ? lark_url() : url()};
}

void sandbox::on(std::string method, std::string path, api_handler handler) {
    impl_->with_service(
        [&](accounts_service& s, time_point) { s.on(std::move(method), std::move(path), std::move(handler)); });
}

std::size_t sandbox::approve() {
    return impl_->with_service([](accounts_service& s, time_point now) { return s.approve_all(now); });
}

std::size_t sandbox::deny() {
    return impl_->with_service([](accounts_service& s, time_point now) { return s.deny_all(now); });
}

std::size_t sandbox::expire() {
    return impl_->with_service([](accounts_service& s, time_point now) { return s.expire_all(now); });
}

void sandbox::with_service(const std::function<void(accounts_service&, time_point)>& use) { impl_->with_service(use); }

void sandbox::add_fault(fault f) {
    impl_->with_service([&](accounts_service& s, time_point) { s.add_fault(std::move(f)); });
}

request_counters sandbox::counters() const {
    return impl_->with_service([](accounts_service& s, time_point) { return s.counters(); });
}

wire_counters sandbox::wire(host_role host) const { return impl_->wire(host); }

bool sandbox::wait_for_requests(std::uint64_t count, std::chrono::milliseconds limit) const {
    return impl_->wait_for_requests(count, limit);
}

}  // namespace lark::fake
