// SPDX-License-Identifier: MIT
// Boost.Asio with the transport over Poco: an asio coroutine awaits a registration, and Ctrl-C ends it by a
// cancellation slot. asio_beast.cpp has all of it over Asio, the networking too.
#include "arguments.hpp"

#include <lark/poco.hpp>

#include <boost/asio.hpp>

#include <csignal>
#include <iostream>
#include <memory>
#include <utility>

namespace {

namespace asio = boost::asio;

/// The end of a registration as an asynchronous operation, for any completion token.
template <class Token>
auto async_over(lark::registration_handle& registration, Token&& token) {
    return asio::async_initiate<Token, void()>(
        [&registration](auto handler) {
            const auto executor = asio::get_associated_executor(handler);
            const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
#if BOOST_ASIO_VERSION >= 102000  // Boost 1.77; before that, only the handle can cancel
            if (auto slot = asio::get_associated_cancellation_slot(*shared); slot.is_connected())
                slot.assign([&registration](asio::cancellation_type) { registration.cancel(); });
#endif
            // The work guard keeps `run` from returning while nothing else is going on.
            auto resume = [shared, executor, work = asio::make_work_guard(executor)] {
                asio::post(executor, [shared] { std::move (*shared)(); });
            };
            if (!registration.when_over(resume)) resume();
        },
        token);
}

asio::awaitable<void> report(lark::registration_handle& registration, int& status) {
    co_await async_over(registration, asio::use_awaitable);
    try {
        std::cout << registration.get().client_id << "\n";
        status = 0;
    } catch (const lark::register_app_error& e) {
        std::cerr << e.what() << "\n";
    }
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    asio::io_context io;
    auto registration = lark::register_app_async(
        {
            .on_qr_code = [](const auto& qr) { std::cerr << "Scan: " << qr.url << "\n"; },
            .post = [&io](auto callback) { asio::post(io, std::move(callback)); },  // all on the thread of `run`
        },
        args.options, {.ca_file = args.ca_file});

    asio::signal_set signals{io, SIGINT, SIGTERM};
    int status = 1;
    const auto done = [&signals](const std::exception_ptr&) { signals.cancel(); };
#if BOOST_ASIO_VERSION >= 102000
    asio::cancellation_signal stop;
    signals.async_wait([&](const auto& error, int) {
        if (!error) stop.emit(asio::cancellation_type::terminal);
    });
    asio::co_spawn(io, report(registration, status), asio::bind_cancellation_slot(stop.slot(), done));
#else
    signals.async_wait([&](const auto& error, int) {
        if (!error) registration.cancel();
    });
    asio::co_spawn(io, report(registration, status), done);
#endif
    io.run();
    return status;
}
