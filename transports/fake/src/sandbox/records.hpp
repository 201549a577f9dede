// SPDX-License-Identifier: MIT
#pragma once

#include <lark/fake/accounts_service.hpp>
#include <lark/http.hpp>

#include <string_view>

namespace lark::fake {

inline constexpr std::string_view records_path = "/registrations.json";

/// The dashboard for programs: a JSON array with an object for each code, oldest first. No user code is in it.
[[nodiscard]] http_response show_records(const http_request& request, const accounts_service& service, time_point now);

}  // namespace lark::fake
