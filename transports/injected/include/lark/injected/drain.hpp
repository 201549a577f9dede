#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/registration/handlers.hpp>
#include <lark/registration/outputs.hpp>
#include <lark/time.hpp>

/// From a flow's outputs, which are views, to what handlers and clients receive, which owns its strings. For drivers.
namespace lark::injected {

/// `now` is on the driver's clock; from it and the system clock the wall-clock time of expiry is worked out.
[[nodiscard]] LARK_EXPORT registration::qr_code to_qr_code(const registration::qr_code_ready& qr, time_point now);
/// The same, by a wall clock of the driver's.
[[nodiscard]] LARK_EXPORT registration::qr_code to_qr_code(const registration::qr_code_ready& qr,
                                                           registration::wall_time at);
/// With texts of its own.
[[nodiscard]] LARK_EXPORT registration::status_change to_status_change(const registration::status_changed& change);

/// Whether a status changes what a snapshot holds beyond times: see `registration::handlers::on_snapshot`.
[[nodiscard]] LARK_EXPORT bool is_worth_saving(registration::status s) noexcept;

[[nodiscard]] LARK_EXPORT http_request to_http_request(const registration::send_request& request);  ///< a form POST

}  // namespace lark::injected
