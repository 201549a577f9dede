// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/registration/trace.hpp>

#include <chrono>
#include <string>

namespace lark::fake {

/// A result that reads as the event says. `interval` is the one before the event, 0 if it is not known; `page` is where the
/// link of a begin reply leads.
[[nodiscard]] http_result replayed_result(const registration::trace_event& event, std::chrono::seconds interval,
                                          const std::string& page);

}  // namespace lark::fake
