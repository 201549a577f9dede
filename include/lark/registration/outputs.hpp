// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/registration/trace.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <variant>

/// The requests of a flow to its driver. Views live until the flow's next `handle_*` or `cancel`, its assignment, move
/// or end.
namespace lark::registration {

/// An event between the link and the outcome; the names are the Python SDK's, plus `retrying`.
enum class status {
    polling,          ///< the service answered: the user has not decided yet
    slow_down,        ///< the service asked for a longer interval; it holds from now on (RFC 8628, 3.5)
    domain_switched,  ///< the user is on Lark: polling goes on at `lark_domain`
    retrying,         ///< a request failed for the moment and is tried again
};

[[nodiscard]] LARK_EXPORT std::string_view to_string(status s) noexcept;  ///< the enumerator's name
LARK_EXPORT std::ostream& operator<<(std::ostream& out, status s);        ///< the enumerator's name

/// Names a request of one flow. Never reused by that flow; 0 is none.
enum class request_id : std::uint64_t {};

/// Whether an answer was taken.
enum class accepted {
    yes,    ///< it was the answer that the flow waits for
    stale,  ///< it answers no outstanding request; nothing changed
};

/// The link for the user is there. A secret until shown: its holder can approve.
struct qr_code_ready {
    std::string_view url{};            ///< the link behind the QR code; ASCII
    std::chrono::seconds expire_in{};  ///< lifetime, from the handling of the begin reply; see `expires_at`
    /// To be shown beside the code (RFC 8628, 3.3.1), through `lark::printable`: the service's own text. May be empty.
    std::string_view user_code{};
    std::string_view
        verification_uri{};   ///< where the user code can be typed; empty if the service gave none that is usable
    time_point expires_at{};  ///< on the driver's clock

    friend bool operator==(const qr_code_ready&, const qr_code_ready&) = default;
};

/// The Python SDK's `on_status_change`.
struct status_changed {
    registration::status status = registration::status::polling;  ///< what happened
    /// `slow_down`: the new interval. `retrying`: how long until the next try. Else the interval in force.
    std::chrono::seconds interval{};
    std::string_view reason{};  ///< `retrying`: what went wrong; else empty

    friend bool operator==(const status_changed&, const status_changed&) = default;
};

/// The answer to this request no longer matters; free what it holds.
struct abandon_request {
    registration::request_id request_id{};  ///< the request that was handed out before

    friend bool operator==(const abandon_request&, const abandon_request&) = default;
};

/// POST `body` to `url` once, as `application/x-www-form-urlencoded`. The time runs from here.
struct send_request {
    registration::request_id request_id{};  ///< to be given back with the answer
    std::string_view url{};                 ///< absolute
    std::string_view body{};                ///< holds the device code when polling
    duration timeout{};                     ///< the smallest of what applies; greater than zero

    friend bool operator==(const send_request&, const send_request&) = default;
};

/// Nothing to do before `deadline`; then call `handle_time`. Answers may come earlier.
struct wait_until {
    time_point deadline{};                       ///< on the driver's clock; may be over already
    wait_reason reason = wait_reason::interval;  ///< what the deadline is

    friend bool operator==(const wait_until&, const wait_until&) = default;
};

/// All is over: read `flow::result()`.
struct finished {
    friend bool operator==(const finished&, const finished&) = default;
};

/// In the order in which they are handed out.
using output = std::variant<abandon_request, qr_code_ready, status_changed, send_request, wait_until, finished>;

}  // namespace lark::registration
