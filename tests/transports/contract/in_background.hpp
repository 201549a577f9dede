// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/errors.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/options.hpp>
#include <lark/registration/outcome.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <stop_token>
#include <string>
#include <utility>

/// For a transport that registers in the background and returns a handle with `get`, `wait_for` and `cancel`, like that
/// of `register_app_async`: makes the `register_function` of the contract suite of it.
namespace lark::contract {

/// Registers by `start(async_handlers, options)`, and waits for the end. A stop request cancels the handle; one that
/// comes before there is a handle starts nothing. Checks that `on_finished` comes last, and once, after a cancel too.
template <class Start>
registration::app register_in_background(const Start& start, registration::handlers handlers,
                                         registration::options options, std::stop_token stop) {
    using namespace std::chrono_literals;
    if (stop.stop_requested())
        throw register_app_error{
            {registration::failure_kind::other, std::string{registration::error_code::abort}, "stopped", true, {}}};

    // Called on a thread of the transport: counted there, and checked here.
    std::atomic<int> ends = 0;
    std::atomic<int> after_the_end = 0;
    registration::async_handlers recorders;
    recorders.on_qr_code = [&](const registration::qr_code& qr) {
        after_the_end += ends;
        handlers.on_qr_code(qr);
    };
    recorders.on_status_change = [&](const registration::status_change& change) {
        after_the_end += ends;
        if (handlers.on_status_change) handlers.on_status_change(change);
    };
    recorders.on_trace = [&](const registration::trace_event& event) {
        after_the_end += ends;
        if (handlers.on_trace) handlers.on_trace(event);
    };
    recorders.on_finished = [&](const registration::outcome&) { ++ends; };

    auto handle = start(std::move(recorders), std::move(options));
    const std::stop_callback cancels{stop, [&handle] { handle.cancel(); }};
    BOOST_REQUIRE((handle.wait_for(1min) == std::future_status::ready));
    BOOST_TEST(ends == 1);
    BOOST_TEST(after_the_end == 0);
    return handle.get();
}

}  // namespace lark::contract
