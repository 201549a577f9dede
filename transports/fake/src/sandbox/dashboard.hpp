// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/accounts_service.hpp>
#include <lark/http.hpp>

#include <string>
#include <string_view>

namespace lark::fake {

/// The page at `/`: live registrations and their polls, for people who debug an integration. Changes nothing. `url`:
/// what to point a program at.
[[nodiscard]] http_response show_dashboard(const http_request& request, const accounts_service& service,
                                           const std::string& url, time_point now);

inline constexpr std::string_view records_path = "/registrations.json";

/// The dashboard for programs: a JSON array with an object for each code, oldest first. No user code is in it.
[[nodiscard]] http_response show_records(const http_request& request, const accounts_service& service, time_point now);

}  // namespace lark::fake
