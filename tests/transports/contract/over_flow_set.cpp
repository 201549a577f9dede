// SPDX-License-Identifier: MIT
#include "over_flow_set.hpp"

#include <lark/injected/flow_set.hpp>
#include <lark/registration/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace lark::contract {

registration::app register_on(injected::runnable_event_loop& loop, registration::handlers handlers,
                              registration::options options, std::stop_token stop) {
    injected::flow_set set{loop};
    std::optional<registration::outcome> end;
    std::exception_ptr thrown;
    injected::flow_handlers recorders;
    recorders.on_qr_code = [&](const registration::qr_code& qr) {
        BOOST_TEST(!end);
        handlers.on_qr_code(qr);
    };
    recorders.on_status_change = [&](const registration::status_change& change) {
        BOOST_TEST(!end);
        if (handlers.on_status_change) handlers.on_status_change(change);
    };
    recorders.on_trace = [&](const registration::trace_event& event) {
        BOOST_TEST(!end);
        if (handlers.on_trace) handlers.on_trace(event);
    };
    recorders.on_finished = [&](const registration::outcome& outcome, std::exception_ptr exception) {
        BOOST_TEST(!end);
        end = outcome;
        thrown = std::move(exception);
    };
    const auto id = set.add(std::move(recorders), std::move(options));

    const std::stop_callback wakes{stop, [&loop] { loop.wake(); }};
    while (!end) {
        if (stop.stop_requested()) BOOST_TEST(set.cancel(id));
        else loop.run_once();
    }
    BOOST_TEST(set.empty());
    BOOST_TEST(set.requests_in_flight() == 0u);
    if (thrown) std::rethrow_exception(thrown);
    return registration::value_or_throw(std::move(*end));
}

}  // namespace lark::contract
