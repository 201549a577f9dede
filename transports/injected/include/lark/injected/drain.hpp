// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/registration/flow.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/time.hpp>

#include <optional>

/// From a flow's outputs, which are views, to what handlers and clients receive, which owns its strings. For drivers.
namespace lark::injected {

/// `now` is on the driver's clock; from it and the system clock the wall-clock time of expiry is worked out.
[[nodiscard]] LARK_EXPORT registration::qr_code to_qr_code(const registration::qr_code_ready& qr, time_point now);
/// The same, by a wall clock of the driver's.
[[nodiscard]] LARK_EXPORT registration::qr_code to_qr_code(const registration::qr_code_ready& qr,
                                                           registration::wall_time at);
/// With texts of its own, and what `machine`, which handed it out, can tell of the exchange that it is about.
[[nodiscard]] LARK_EXPORT registration::status_change to_status_change(const registration::status_changed& change,
                                                                       const registration::flow& machine);

/// The facts that a driver keeps of the request that is out, for traces.
struct traced_request {
    registration::request_id traced{};  ///< the last exchange of which an event was made
    time_point sent_at{};               ///< when the request that is out was handed out
};

/// The event of the exchange of `machine` that has ended since the last call; nothing if none has. `answer` is what the
/// flow was fed with, null if it was the time.
[[nodiscard]] LARK_EXPORT std::optional<registration::trace_event> take_trace(const registration::flow& machine,
                                                                              traced_request& request, time_point now,
                                                                              const http_result* answer);

/// Whether a status changes what a snapshot holds beyond times: see `registration::handlers::on_snapshot`.
[[nodiscard]] LARK_EXPORT bool is_worth_saving(registration::status s) noexcept;

[[nodiscard]] LARK_EXPORT http_request to_http_request(const registration::send_request& request);  ///< a form POST

}  // namespace lark::injected
