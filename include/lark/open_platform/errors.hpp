// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/open_platform/api.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace lark {

/// A call of the Open Platform that failed. `what()` is `open_platform::describe`, which can be printed.
class LARK_EXPORT api_error : public std::runtime_error {
public:
    explicit api_error(open_platform::api_failure failure);  ///< `what()` is made from it
    api_error(const api_error&) = default;
    api_error& operator=(const api_error&) = default;
    ~api_error() override;

    [[nodiscard]] open_platform::api_failure_kind kind() const noexcept { return failure_.kind; }  ///< what went wrong
    /// The platform's code; 0 if it gave none.
    [[nodiscard]] std::int64_t code() const noexcept { return failure_.code; }
    [[nodiscard]] const std::string& message() const noexcept { return failure_.message; }        ///< for people
    [[nodiscard]] int http_status() const noexcept { return failure_.http_status; }               ///< 0 without a reply
    [[nodiscard]] const std::string& request_id() const noexcept { return failure_.request_id; }  ///< for support
    /// Wait this long before the next call; unset if the service did not say.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry_after() const noexcept { return failure_.retry_after; }
    /// The JSON reply, absent if there was none: see `open_platform::api_failure::body`.
    [[nodiscard]] const json& body() const noexcept { return failure_.body; }
    [[nodiscard]] const open_platform::api_failure& failure() const noexcept { return failure_; }  ///< all members

private:
    open_platform::api_failure failure_;
};

namespace open_platform {

/// Returns the response; throws a failure as `api_error`. From any thread; may also throw `std::bad_alloc`.
[[nodiscard]] LARK_EXPORT api_response value_or_throw(api_result result);

}  // namespace open_platform
}  // namespace lark
