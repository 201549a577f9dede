// SPDX-License-Identifier: MIT
// Boost.Asio and Beast: flow_set over an io_context, and a coroutine that awaits the registration.
#include "arguments.hpp"
#include "asio_exchange.hpp"

#include <lark/injected.hpp>

#include <cstdint>
#include <iostream>
#include <map>
#include <memory>

namespace {

using asio::use_awaitable;
using lark::injected::request_handle;

class asio_loop final : public lark::injected::event_loop {
public:
    asio_loop(asio::io_context& io, const std::string& ca_file) : io_(io), timer_(io) {
        if (ca_file.empty()) tls_.set_default_verify_paths();
        else tls_.load_verify_file(ca_file);
        tls_.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
        tls_.set_verify_mode(asio::ssl::verify_peer);
    }

    void start_request(request_handle id, lark::http_request request) override {
        auto connection = std::make_shared<https_stream>(io_, tls_);
        connections_[id] = connection;
        asio::co_spawn(io_, perform(id, std::move(connection), std::move(request)), asio::detached);
    }

    void abandon_request(request_handle id) noexcept override {
        // Out of the table first: then `perform` delivers nothing.
        if (const auto found = connections_.extract(id)) found.mapped()->next_layer().cancel();
    }

    void arm_timer(lark::time_point deadline) override {
        timer_.expires_after(time_until(deadline));
        timer_.async_wait([this, turn = ++turn_](boost::system::error_code error) {
            if (error) return;
            // One turn of the loop later, so that replies whose handlers are queued already come first. One that is
            // still being read comes later.
            asio::post(io_, [this, turn] {
                if (turn == turn_) timer_expired();
            });
        });
    }

    void disarm_timer() override {
        ++turn_;  // what is posted already finds another number
        timer_.cancel();
    }

private:
    asio::awaitable<void> perform(request_handle id, std::shared_ptr<https_stream> connection,
                                  lark::http_request request) {
        lark::http_result result;
        try {
            result = co_await https_exchange(*connection, request);
        } catch (const boost::system::system_error& e) {
            result = lark::transport_failure{kind_of(e.code()), e.code().message()};
        }
        if (connections_.erase(id) == 0) co_return;  // abandoned
        deliver(id, std::move(result));
    }

    asio::io_context& io_;
    asio::ssl::context tls_{asio::ssl::context::tls_client};
    asio::steady_timer timer_;
    std::uint64_t turn_ = 0;  // of the timer; another one whenever it is armed or disarmed
    std::map<request_handle, std::shared_ptr<https_stream>> connections_;
};

/// The registration as an asynchronous operation: `co_await async_register(…, use_awaitable)`.
template <class Token>
auto async_register(asio::io_context& io, lark::injected::flow_set& set, lark::registration::options options,
                    Token&& token) {
    return asio::async_initiate<Token, void(lark::registration::outcome)>(
        [&io, &set](auto handler, lark::registration::options opts) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            set.add({.on_qr_code = [](const auto& qr) { std::cerr << "Open: " << qr.url << "\n"; },
                     .on_finished =
                         [&io, shared](const auto& outcome, std::exception_ptr) {
                             asio::post(io, [shared, outcome]() mutable { (*shared)(std::move(outcome)); });
                         }},
                    std::move(opts));
        },
        token, std::move(options));
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    asio::io_context io;
    asio_loop loop{io, args.ca_file};
    lark::injected::flow_set set{loop};
    int status = 1;
    const auto registration = [&]() -> asio::awaitable<void> {
        const auto app =
            lark::registration::value_or_throw(co_await async_register(io, set, args.options, use_awaitable));
        std::cout << app.client_id << "\n";
        status = 0;
    };
    asio::co_spawn(io, registration, [](std::exception_ptr error) {
        try {
            if (error) std::rethrow_exception(error);
        } catch (const std::exception& e) {
            std::cerr << e.what() << "\n";
        }
    });
    io.run();
    return status;
}
