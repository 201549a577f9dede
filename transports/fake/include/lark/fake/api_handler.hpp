// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>
#include <lark/json.hpp>
#include <lark/time.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

/// Answers of a test to API calls that the model does not know: see `accounts_service::on`.
namespace lark::fake {

/// An API call, as a handler gets it. References and views live until the handler returns.
struct api_call {
    const http_request& request;         ///< as it came, its token included
    host_role host = host_role::feishu;  ///< which open host was asked
    std::string_view app_id{};           ///< whose token it carries; empty with a token of a user
    std::map<std::string, std::string, std::less<>> in_path{};  ///< by the names in the handler's path, decoded
    time_point now{};                                           ///< on the clock of the service

    /// The segment that stands for `:name` in the handler's path; empty if there is none.
    [[nodiscard]] LARK_EXPORT std::string parameter(std::string_view name) const;
    [[nodiscard]] LARK_EXPORT std::string query(std::string_view name) const;  ///< decoded; empty if absent
    [[nodiscard]] LARK_EXPORT json body() const;                               ///< absent if it is not JSON
};

/// Answers a call. It may call the service, but for `on`.
using api_handler = std::function<http_response(const api_call&)>;

/// HTTP 200 with `{"code":0,"msg":"success","data":…}`; `data` is JSON text, and is not checked.
[[nodiscard]] LARK_EXPORT http_response api_success(std::string_view data = "{}");
/// A refusal of the platform: `{"code":…,"msg":…}`.
[[nodiscard]] LARK_EXPORT http_response api_refusal(std::int64_t code, std::string_view message, int status = 400);

}  // namespace lark::fake
