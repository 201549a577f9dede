// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/injected/client_drain.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/outputs.hpp>
#include <lark/time.hpp>

#include <variant>

/// For the `token_flow` and the `call_flow`s of an `async_client` alike.
namespace lark::injected::detail {

template <class Flow>
void feed_answer(Flow& machine, open_platform::request_id id, time_point now, const http_result& answer) {
    if (const auto* response = std::get_if<http_response>(&answer)) machine.handle_response(id, now, *response);
    else machine.handle_failure(id, now, std::get<transport_failure>(answer));
}

/// Reports the exchange that ended with the latest input: with `answer`, or without one by its timeout.
template <class Flow>
void trace(const open_platform::client_options& options, const Flow& machine, traced_request& latest, time_point now,
           const http_result* answer) {
    if (!options.on_trace) return;
    if (const auto event = take_trace(machine, latest, now, answer)) options.on_trace(*event);
}

}  // namespace lark::injected::detail
