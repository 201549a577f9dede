// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <functional>
#include <stop_token>

namespace lark::injected {

/// The blocking half of the seam. A user's stack implements `send`; time has a default and is replaced only where it is
/// not real (tests, simulators).
class LARK_EXPORT http_client {
public:
    http_client() = default;
    http_client(const http_client&) = default;
    http_client& operator=(const http_client&) = default;
    virtual ~http_client();

    /// Performs the request exactly once and returns the reply or the failure. Does not follow redirects.
    ///
    /// Returns no later than `request.timeout` (a little slack is fine: the flow has its own deadline) and soon after
    /// `stop` is requested; after a stop, a failure does not matter, and a whole reply still counts.
    /// An exception ends the registration and comes out of `register_app` unchanged.
    [[nodiscard]] virtual http_result send(const http_request& request, std::stop_token stop) = 0;

    /// The time now. Default: `CLOCK_BOOTTIME` where there is one, which counts the sleep of the machine, else the
    /// steady clock.
    [[nodiscard]] virtual time_point now();

    /// Returns at `deadline` or as soon as `stop` is requested. If it returns earlier, it is called again while `now()`
    /// advances, so a sleep that rounds down sends no poll early. After a suspend of the machine the default may be up
    /// to 5 seconds late.
    virtual void sleep_until(time_point deadline, std::stop_token stop);

    /// The time on the wall clock: for what is shown to people, and for snapshots. Default:
    /// `std::chrono::system_clock`.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now();
};

/// A client made of a function: `function_client client{my_post};`
class LARK_EXPORT function_client final : public http_client {
public:
    using send_function =
        std::function<http_result(const http_request&, std::stop_token)>;  ///< see `http_client::send`

    /// Throws `std::invalid_argument` if `send` is empty.
    explicit function_client(send_function send);
    [[nodiscard]] http_result send(const http_request& request, std::stop_token stop) override;

private:
    send_function send_;
};

/// The default of `http_client::now`, for custom drivers.
[[nodiscard]] LARK_EXPORT time_point boottime_now() noexcept;

}  // namespace lark::injected
